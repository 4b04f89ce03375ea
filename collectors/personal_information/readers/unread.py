"""What is known and not read, and why."""

from collectors.personal_information.pieces import Why
from collectors.personal_information.sniffing import Family

UNREAD = {
    Family.IMAGE: Why.IMAGE,
    Family.MEDIA: Why.MEDIA,
    Family.PROGRAM: Why.PROGRAM,
    Family.ENCRYPTED: Why.ENCRYPTED,
    Family.NO_READER: Why.NO_READER,
    Family.OPAQUE: Why.OPAQUE,
}
