"""Headings of procedure documents in German, Spanish, French, Portuguese and Japanese: what `headings` has in English.

A table for each language, the titles of a section between bars; diacritics and case do not count. Those that English
has too ("Indications" is French as well) tell the language of a document.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_GERMAN = {
    "descriptor": "Bezeichnung | Offizielle Bezeichnung | Klassentitel",
    "name": "Name des Eingriffs | Name der Prozedur | Name der Operation | Name des Verfahrens | Laienbezeichnung"
    " | Patientenfreundlicher Name",
    "synonyms": "Synonyme | Auch bekannt als | Andere Namen | Andere Bezeichnungen | Weitere Bezeichnungen",
    "summary": "Zusammenfassung | Überblick | Übersicht | Kurzbeschreibung | Was ist das | Auf einen Blick",
    "purpose": "Zweck | Ziel | Ziel des Eingriffs | Ziel der Behandlung | Zweck des Eingriffs",
    "indications": "Indikation | Indikationen | Anwendungsgebiete | Gründe für den Eingriff",
    "contraindications": "Kontraindikation | Kontraindikationen | Gegenanzeigen",
    "preparation": "Vorbereitung | Vorbereitungen | Vor dem Eingriff | Vor der Operation | Vorbereitung des Patienten"
    " | Vorbereitung auf den Eingriff",
    "procedure description": "Durchführung | Ablauf | Beschreibung | Beschreibung des Eingriffs | Ablauf des Eingriffs"
    " | Ablauf der Operation | Operationstechnik | Technik | Vorgehen | Schritte",
    "equipment": "Ausrüstung | Ausstattung | Instrumente | Instrumentarium | Geräte | Material",
    "anesthesia": "Anästhesie | Narkose | Betäubung | Sedierung | Anästhesie und Sedierung",
    "duration": "Dauer | Dauer des Eingriffs | Operationsdauer | Eingriffsdauer | Zeitbedarf"
    " | Wie lange dauert der Eingriff",
    "setting": "Ort | Behandlungsort | Ort der Durchführung | Versorgungsform",
    "personnel": "Personal | Beteiligtes Personal | Team | Behandlungsteam | Durchführende",
    "risks": "Risiken | Komplikationen | Risiken und Komplikationen | Mögliche Komplikationen | Nebenwirkungen"
    " | Risiken und Nebenwirkungen | Mögliche Risiken",
    "common risks": "Häufige Risiken | Häufige Komplikationen | Häufige Nebenwirkungen | Häufig",
    "rare risks": "Seltene Risiken | Seltene Komplikationen | Seltene Nebenwirkungen | Selten",
    "risk management": "Umgang mit Komplikationen | Behandlung von Komplikationen",
    "benefits": "Nutzen | Vorteile",
    "recovery": "Nachsorge | Nachbehandlung | Genesung | Erholung | Nach dem Eingriff | Nach der Operation",
    "alternatives": "Alternativen | Behandlungsalternativen | Alternative Behandlungen",
    "pros": "Vorteile der Alternativen",
    "cons": "Nachteile | Nachteile der Alternativen",
    "patient experience": "Was Sie erwartet | Was Patienten erleben | Patientenerfahrung | Was Sie spüren",
}
_SPANISH = {
    "descriptor": "Descriptor oficial | Denominación | Denominación oficial",
    "name": "Nombre del procedimiento | Nombre de la intervención | Nombre común | Nombre",
    "synonyms": "Sinónimos | También conocido como | Otros nombres",
    "summary": "Resumen | Definición | Descripción general | En qué consiste | Qué es",
    "purpose": "Propósito | Objetivo | Finalidad | Por qué se realiza",
    "indications": "Indicaciones | Indicación | Cuándo se realiza",
    "contraindications": "Contraindicaciones | Contraindicación",
    "preparation": "Preparación | Antes del procedimiento | Antes de la intervención | Preparación del paciente"
    " | Cómo prepararse",
    "procedure description": "Descripción | Descripción del procedimiento | Procedimiento | Técnica | Pasos"
    " | Técnica quirúrgica | Cómo se realiza | Durante el procedimiento",
    "equipment": "Equipo | Equipamiento | Instrumental | Material | Materiales",
    "anesthesia": "Anestesia | Sedación | Tipo de anestesia | Anestesia y sedación",
    "duration": "Duración | Duración del procedimiento | Cuánto dura | Tiempo quirúrgico | Tiempo estimado",
    "setting": "Lugar | Lugar de realización | Ámbito | Dónde se realiza",
    "personnel": "Personal | Equipo médico | Equipo sanitario | Profesionales | Quién lo realiza",
    "risks": "Riesgos | Complicaciones | Riesgos y complicaciones | Posibles complicaciones | Efectos secundarios",
    "common risks": "Riesgos frecuentes | Complicaciones frecuentes | Riesgos comunes | Frecuentes",
    "rare risks": "Riesgos raros | Complicaciones raras | Riesgos poco frecuentes | Complicaciones poco frecuentes"
    " | Raras | Raros | Poco frecuentes",
    "risk management": "Manejo de las complicaciones | Manejo de complicaciones | Tratamiento de las complicaciones",
    "benefits": "Beneficios | Ventajas",
    "recovery": "Recuperación | Después del procedimiento | Después de la intervención | Cuidados posteriores"
    " | Postoperatorio",
    "alternatives": "Alternativas | Tratamientos alternativos | Otras opciones",
    "pros": "Ventajas de las alternativas",
    "cons": "Desventajas | Inconvenientes | Desventajas de las alternativas",
    "patient experience": "Experiencia del paciente | Qué sentirá | Qué esperar",
}
_FRENCH = {
    "descriptor": "Libellé | Libellé officiel | Intitulé",
    "name": "Nom de l'intervention | Nom de l'acte | Nom de la procédure | Nom courant | Nom",
    "synonyms": "Synonymes | Aussi appelé | Autres noms | Également appelé | Autres appellations",
    "summary": "Résumé | Définition | Aperçu | En bref | Qu'est-ce que c'est",
    "purpose": "Objectif | Objectifs | But de l'intervention | Pourquoi cette intervention",
    "indications": "Indications | Indications opératoires | Quand opérer",
    "contraindications": "Contre-indications | Contre-indication",
    "preparation": "Préparation | Avant l'intervention | Avant l'opération | Préparation du patient"
    " | Comment se préparer",
    "procedure description": "Description | Technique | Description de l'acte | Description de l'intervention"
    " | Déroulement | Étapes"
    " | Déroulement de l'intervention | Technique opératoire | Pendant l'intervention | Procédure",
    "equipment": "Instruments | Équipement | Matériel | Instruments chirurgicaux",
    "anesthesia": "Anesthésie | Sédation | Type d'anesthésie | Anesthésie et sédation",
    "duration": "Durée | Durée de l'intervention | Durée opératoire | Combien de temps",
    "setting": "Lieu | Lieu de réalisation | Cadre",
    "personnel": "Équipe | Équipe médicale | Équipe soignante | Intervenants",
    "risks": "Complications | Risques | Complications possibles | Risques et complications | Effets secondaires",
    "common risks": "Risques fréquents | Complications fréquentes | Fréquents | Fréquentes",
    "rare risks": "Risques rares | Complications rares | Rares | Peu fréquents",
    "risk management": "Prise en charge des complications | Gestion des complications",
    "benefits": "Bénéfices | Avantages",
    "recovery": "Récupération | Après l'intervention | Après l'opération | Suites opératoires | Convalescence"
    " | Suivi | Rétablissement",
    "alternatives": "Alternatives | Alternatives thérapeutiques | Autres options | Autres traitements",
    "pros": "Avantages des alternatives",
    "cons": "Inconvénients | Inconvénients des alternatives",
    "patient experience": "Vécu du patient | Expérience du patient | À quoi s'attendre | Ce que vous ressentirez",
}
_PORTUGUESE = {
    "descriptor": "Descritor | Designação | Designação oficial | Denominação",
    "name": "Nome do procedimento | Nome da cirurgia | Nome comum | Nome",
    "synonyms": "Sinônimos | Também conhecido como | Outros nomes",
    "summary": "Resumo | Definição | Visão geral | O que é | Em que consiste",
    "purpose": "Objetivo | Finalidade | Propósito | Por que é feito",
    "indications": "Indicações | Indicação | Quando é indicado",
    "contraindications": "Contraindicações | Contraindicação | Contra-indicações",
    "preparation": "Preparação | Preparo | Antes do procedimento | Preparo do paciente | Como se preparar",
    "procedure description": "Descrição | Descrição do procedimento | Procedimento | Técnica | Passos | Etapas"
    " | Como é feito | Como é realizado | Durante o procedimento | Técnica cirúrgica",
    "equipment": "Equipamento | Equipamentos | Instrumental | Materiais",
    "anesthesia": "Anestesia | Sedação | Tipo de anestesia | Anestesia e sedação",
    "duration": "Duração | Duração do procedimento | Quanto tempo demora | Tempo estimado",
    "setting": "Local de realização | Onde é realizado",
    "personnel": "Equipe | Equipa | Equipe médica | Equipa médica | Profissionais | Pessoal",
    "risks": "Riscos | Complicações | Riscos e complicações | Possíveis complicações | Efeitos colaterais"
    " | Efeitos secundários",
    "common risks": "Riscos comuns | Riscos frequentes | Complicações frequentes | Complicações comuns | Comuns"
    " | Frequentes",
    "rare risks": "Riscos raros | Complicações raras | Pouco frequentes | Raros | Raras",
    "risk management": "Manejo das complicações | Tratamento das complicações",
    "benefits": "Benefícios | Vantagens",
    "recovery": "Recuperação | Após o procedimento | Depois do procedimento | Pós-operatório | Cuidados posteriores",
    "alternatives": "Alternativas | Tratamentos alternativos | Outras opções",
    "pros": "Vantagens das alternativas",
    "cons": "Desvantagens | Desvantagens das alternativas",
    "patient experience": "Experiência do paciente | Experiência do doente | O que esperar | O que vai sentir",
}
_JAPANESE = {
    "descriptor": "正式名称 | 名称",
    "name": "手技名 | 手術名 | 術式 | 術式名 | 処置名 | 検査名",
    "synonyms": "別名 | 同義語 | 別称 | その他の名称",
    "summary": "概要 | 要約 | 定義 | この手術について | まとめ",
    "purpose": "目的 | 手術の目的 | 検査の目的",
    "indications": "適応 | 適応症 | 対象 | 対象疾患",
    "contraindications": "禁忌 | 適応外",
    "preparation": "準備 | 術前準備 | 前処置 | 検査前の準備 | 手術前の準備",
    "procedure description": "手順 | 手術手順 | 手技 | 方法 | 手術方法 | 手術の流れ | 検査の流れ | 手術の内容",
    "equipment": "器具 | 機器 | 使用器具 | 必要物品 | 使用機器",
    "anesthesia": "麻酔 | 麻酔法 | 麻酔方法 | 鎮静",
    "duration": "所要時間 | 手術時間 | 時間 | 検査時間 | かかる時間",
    "setting": "実施場所 | 場所 | 実施施設",
    "personnel": "担当者 | スタッフ | 医療スタッフ | 実施者 | 担当",
    "risks": "リスク | 合併症 | リスクと合併症 | 危険性 | 副作用 | 偶発症",
    "common risks": "よくある合併症 | 頻度の高い合併症 | 主な合併症 | よくあるリスク",
    "rare risks": "まれな合併症 | 頻度の低い合併症 | 稀な合併症 | まれなリスク",
    "risk management": "合併症への対応 | 合併症の対応 | 合併症の治療",
    "benefits": "利点 | 効果 | メリット | 期待される効果",
    "recovery": "回復 | 術後 | 術後の経過 | 術後管理 | 検査後 | 手術後",
    "alternatives": "代替治療 | 代替法 | 他の治療法 | 他の選択肢",
    "pros": "代替治療の利点",
    "cons": "代替治療の欠点 | 欠点 | デメリット",
    "patient experience": "患者の体験 | 患者さんの体験 | 患者の感じ方",
}

TITLES: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        language: MappingProxyType({kind: tuple(titles.split(" | ")) for kind, titles in table.items()})
        for language, table in (
            ("de", _GERMAN), ("es", _SPANISH), ("fr", _FRENCH), ("pt", _PORTUGUESE), ("ja", _JAPANESE),
        )
    }
)  # fmt: skip
"""By language: the titles of each kind of section, named as the constants of `headings` are."""
