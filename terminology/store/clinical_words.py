"""Synonymous phrases for procedures, as patients, clinicians and code systems use them; one meaning per line.

Phrases are separated by `|`; a line that begins with `|` continues the one before, `#` begins a comment. There are
plain words, clinical terms, abbreviations, the wording of ICD-10-PCS root operations, and German, Spanish, French and
Portuguese names. Order, case and diacritics are ignored. A phrase belongs here only if it always means that whole
procedure: ambiguous ones would bring wrong codes to the top. Written for this project; nothing is taken from a code
system.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

TABLE: Final = """
# Abdomen
gallbladder removal | gall bladder removal | cholecystectomy | resection gallbladder | gallenblasenentfernung
  | cholezystektomie | colecistectomia | cholécystectomie
lap chole | laparoscopic cholecystectomy | resection gallbladder percutaneous endoscopic
gall bladder | gallbladder
appendix removal | appendectomy | appendicectomy | resection appendix | appy | blinddarmoperation
  | blinddarmentfernung | appendektomie | apendicectomia | appendicectomie
lap appy | laparoscopic appendectomy | resection appendix percutaneous endoscopic
laparoscopic | percutaneous endoscopic | laparoskopisch | laparoscópica | laparoscopique
hernia repair | herniorrhaphy | hernioplasty | leistenbruchoperation | hernioplastia
colonoscopy | inspection lower intestinal tract endoscopic | bowel scope | darmspiegelung | koloskopie
  | colonoscopia | coloscopie
stomach scope | upper endoscopy | egd | ogd | esophagogastroduodenoscopy | gastroscopy
  | inspection upper intestinal tract endoscopic | magenspiegelung | gastroskopie | gastroscopia | gastroscopie
ercp | endoscopic retrograde cholangiopancreatography
spleen removal | splenectomy | resection spleen | splenektomie | esplenectomia | splénectomie
stomach removal | gastrectomy | resection stomach | gastrektomie
bowel resection | colectomy | resection large intestine | kolektomie | colectomia | colectomie
gastric bypass | bypass stomach | magenbypass
feeding tube | peg tube | gastrostomy | insertion feeding device stomach
liver biopsy | excision liver diagnostic | leberbiopsie | biopsia hepatica | biopsie hépatique
liver transplant | liver transplantation | lebertransplantation
# Bones and joints
knee scope | knee arthroscopy | inspection knee joint endoscopic | kniespiegelung
  | kniearthroskopie | arthroskopie knie | artroscopia rodilla | arthroscopie genou | artroscopia joelho
shoulder scope | shoulder arthroscopy | inspection shoulder joint endoscopic | schulterarthroskopie
joint scope | arthroscopy | arthroskopie | artroscopia | arthroscopie
knee replacement | knee arthroplasty | replacement knee joint | knieprothese | protesis rodilla | prothèse genou
tka | tkr | total knee | total knee replacement | total knee arthroplasty | replacement knee joint | knie tep
hip replacement | hip arthroplasty | replacement hip joint | hüftprothese | protesis cadera | prothèse hanche
tha | thr | total hip | total hip replacement | total hip arthroplasty | replacement hip joint | hüft tep
shoulder replacement | shoulder arthroplasty | replacement shoulder joint | schulterprothese
meniscus removal | meniscectomy | excision knee bursa | meniskektomie
acl | anterior cruciate ligament | cruciate ligaments | knee bursa ligament | kreuzband
acl repair | acl reconstruction | repair cruciate ligaments | repair knee bursa ligament | kreuzbandplastik
orif | open reduction internal fixation | reposition internal fixation open
spinal fusion | spondylodesis | fusion vertebral joint | spondylodese
carpal tunnel release | release median nerve | karpaltunneloperation
biopsy | excision diagnostic | biopsie | biopsia
amputation | detachment
bunion removal | bunionectomy
# Heart and vessels
heart bypass | cabg | coronary artery bypass | coronary bypass | bypassoperation
heart stent | coronary stent | pci | ptca | percutaneous coronary intervention
  | dilation coronary artery intraluminal device | coronary angioplasty
heart cath | cardiac catheterization | cardiac catheterisation | measurement cardiac percutaneous | herzkatheter
  | cateterismo cardiaco | cathétérisme cardiaque
coronary angiogram | coronary angiography | koronarangiographie | coronarografia | coronarographie
pacemaker insertion | pacemaker implantation | herzschrittmacher | marcapasos
heart echo | echocardiogram | echocardiography | tte | ultrasonography heart | echokardiographie | ecocardiograma
  | échocardiographie
ekg | ecg | electrocardiogram | electrocardiography | elektrokardiogramm | electrocardiograma
heart transplant | heart transplantation | herztransplantation
tavr | tavi | transcatheter aortic valve | replacement aortic valve percutaneous
ablation heart | cardiac ablation | destruction conduction mechanism
carotid endarterectomy | extirpation carotid artery
varicose vein stripping | varicose vein removal | extraction saphenous vein | krampfadern
cardioversion | restoration cardiac rhythm | kardioversion
central line | central venous catheter | cvc | insertion infusion device superior vena cava
# Women, men, birth
c section | cesarean | cesarean section | extraction products conception open | kaiserschnitt | cesarea | césarienne
  | cesariana
normal birth | vaginal delivery | delivery products conception | parto vaginal | accouchement
uterus removal | womb removal | hysterectomy | resection uterus | hysterektomie | gebärmutterentfernung
  | histerectomia | hystérectomie
breast removal | mastectomy | resection breast | mastektomie | brustentfernung | mastectomia | mastectomie
lump removal breast | lumpectomy | excision breast
tubal ligation | tubes tied | occlusion fallopian tubes
dilation and curettage | d and c | d&c | extraction endometrium | ausschabung
vasectomy | excision vas deferens | vasektomie | vasectomia | vasectomie
prostate removal | prostatectomy | resection prostate | prostatektomie | prostatectomia | prostatectomie
turp | transurethral resection prostate | excision prostate natural opening endoscopic
circumcision | resection prepuce | beschneidung | zirkumzision
# Kidney and bladder
bladder scope | cystoscopy | inspection bladder endoscopic | blasenspiegelung | zystoskopie | cistoscopia
kidney removal | nephrectomy | resection kidney | nephrektomie | nefrectomia | néphrectomie
kidney transplant | renal transplant | transplantation kidney | nierentransplantation
kidney stone shock wave | eswl | lithotripsy | fragmentation kidney
dialysis | hemodialysis | haemodialysis | performance urinary filtration | dialyse | hämodialyse | hemodialisis
# Head, eyes, ears, teeth
cataract surgery | cataract removal | cataract extraction | phacoemulsification | replacement lens
  | kataraktoperation | grauer star | cirugia catarata | chirurgie cataracte
tonsil removal | tonsillectomy | resection tonsils | mandeloperation | tonsillektomie | amigdalectomia
ear tubes | tympanostomy tubes | grommets | myringotomy | drainage middle ear
wisdom tooth removal | tooth extraction | tooth removal | zahnextraktion
root canal | root canal treatment | root canal therapy | wurzelbehandlung | endodoncia
thyroid removal | thyroidectomy | resection thyroid gland | thyreoidektomie | schilddrüsenentfernung
craniotomy | kraniotomie
nose job | rhinoplasty | alteration nose
# Lungs, airways, blood, skin
lung scope | bronchoscopy | inspection tracheobronchial tree endoscopic | bronchoskopie | broncoscopia
tracheostomy | tracheotomy | bypass trachea | luftröhrenschnitt | tracheotomie | traqueostomia
breathing tube | intubation | insertion endotracheal airway | ett
ventilator | mechanical ventilation | respiratory ventilation | beatmung
lung removal | lobectomy | resection lung lobe
chest tube | thoracostomy | drainage pleural cavity
blood transfusion | transfusion red blood cells | bluttransfusion | transfusion sanguine
bone marrow biopsy | extraction bone marrow diagnostic | knochenmarkbiopsie
spinal tap | lumbar puncture | drainage spinal canal | lumbalpunktion | puncion lumbar | ponction lombaire
skin biopsy | excision skin diagnostic | hautbiopsie | biopsia piel | biopsie cutanée
skin graft | replacement skin autologous
# Imaging, tests, everyday care
mri | mrt | magnetic resonance imaging | nmr | kernspin | resonancia magnetica | irm
cat scan | ct scan | ct | computed tomography | computerized tomography | computertomographie | tomodensitométrie
x ray | xray | radiography | plain radiography | röntgen | radiografia | radiographie
ultrasound | ultrasonography | sonography | sonogram | ultraschall | sonographie | ecografia | échographie
mammogram | mammography | plain radiography breast | mammographie | mamografia
pet scan | positron emission tomography | pet imaging
bone scan | dexa | bone densitometry | knochendichtemessung
sleep study | polysomnography | polysomnographie | polisomnografia
brain waves | eeg | electroencephalogram | electroencephalography
hearing test | audiometry | hearing assessment | hörtest | audiometria
flu shot | flu vaccine | flu vaccination | influenza vaccine | influenza vaccination | grippeimpfung | vacuna gripe
  | vaccin grippe
physical therapy | physiotherapy | krankengymnastik | physiotherapie | fisioterapia
talk therapy | psychotherapy | psychotherapie | psicoterapia
electroshock | electroconvulsive therapy | ect
chemo | chemotherapy | chemotherapie | quimioterapia
radiation treatment | radiotherapy | radiation therapy | beam radiation | strahlentherapie | radioterapia
"""


def meanings() -> Iterator[list[str]]:
    """The phrases of each line."""
    lines = "\n".join(line for line in TABLE.splitlines() if not line.startswith("#")).replace("\n  |", " |")
    for line in lines.split("\n"):
        if line:
            yield [phrase.strip() for phrase in line.split("|")]
