"""Messages about the upstream terminology server."""

ENGLISH: dict[str, str] = {
    "UPSTREAM_INVALID": (
        "The setting upstream takes base URLs (http or https, without credentials or query), one for each FHIR release,"
        " separated by spaces: https://host/r4, or R5=https://host/fhir."
    ),
    "UPSTREAM_UNANSWERED": "The upstream server {upstream} could not be asked: {reason}.",
    "UPSTREAM_UNKNOWING": "The upstream server {upstream} was asked, and does not know it either.",
    "UPSTREAM_REFUSING": "The upstream server {upstream} was asked, and refused: {reason}",
}
