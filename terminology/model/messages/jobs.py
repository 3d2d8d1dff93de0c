"""Messages about work that outlives the request that asked for it."""

ENGLISH: dict[str, str] = {
    "JOB_UNKNOWN": "There is no job {id}: it was cancelled, or what came of it is no longer kept.",
    "JOB_PROGRESS": "Not done yet: {progress}.",
    "JOB_LOST": "The process of this job ended {attempts} times without a message. The server's log says more.",
    "JOB_FILES_GONE": (
        "No server has seen the file of this job for {minutes} minutes: it is gone with the machine that took it."
        " Send it again."
    ),
    "JOBS_TOO_MANY": "Too many jobs are waiting. Ask again in a minute.",
    "JOB_PARAMETER_MISSING": "{operation} needs {names}.",
    "JOB_PARAMETER_UNKNOWN": "{operation} has no parameter '{name}'. It has: {known}.",
    "JOB_PACKAGE_INVALID": (
        "'{name}' does not name a FHIR package, as hl7.terminology.r4@7.0.1 does. Send a file as the body of a request."
    ),
    "DOCUMENT_STATE_UNKNOWN": "'{state}' is not a state of a document: loaded, pending and removed are.",
    "UPLOAD_WITHOUT_NAME": (
        "What is the file called? Its name decides how it is read: add ?filename=… or a Content-Disposition header."
    ),
    "UPLOAD_CUT_OFF": (
        "The file arrived in part only: {found} bytes of {expected}. Nothing of it is kept; send it again."
    ),
    "UPLOAD_UNWRITABLE": "The file cannot be kept here: {reason}.",
}
