"""Words that stand beside numbers and say what they are.

Looked for as plain pieces in text whose letters are small and in which all between words is one space, but for digits and
``#``: many times as fast as an expression, and ``card_number``, ``Card-Number`` and ``Card Number`` are one.
"""

_SMALL, _CAPITAL, _KEPT = range(97, 123), range(65, 91), (ord("#"), *range(48, 58))
_LETTERS = bytes(
    byte | 32 if byte in _CAPITAL else byte if byte in _SMALL or byte in _KEPT else 32 for byte in range(256)
)

Pieces = tuple[bytes, ...]

SOCIAL_SECURITY: Pieces = (
    *(b"social sec", b"socialsec", b"soc sec", b" ssn", b" s s n ", b" ss# ", b" ss no ", b" ss number "),
    *(b"tax id", b"taxid", b"taxpayer id", b"taxpayerid", b" tin "),
)
TAXPAYER: Pieces = (b" itin", b" tin ", b"tax id", b"taxid", b"taxpayer id", b"taxpayerid")
CARD: Pieces = (
    *(
        b" card ",
        b" cards ",
        b"cardno",
        b"cardnum",
        b"cardholder",
        b"creditcard",
        b"debitcard",
        b"paymentcard",
        b"mastercard",
    ),
    *(b" visa ", b" amex ", b"american express", b"diners club", b" maestro ", b"unionpay", b"union pay", b" jcb "),
    *(
        b" cc#",
        b" cc num ",
        b" cc number ",
        b" card#",
        b" ccn ",
        b"ccnum",
        b" pan ",
        b" cvv",
        b" cvc",
    ),
)
"""``cc`` alone is none: it ends the names of sources in C++ and begins a line of mail's head."""
OTHER_CARDS: Pieces = (
    *(b"gift", b"sim", b"sd", b"memory", b"graphics", b"video", b"sound", b"network"),
    *(b"library", b"loyalty", b"membership"),
)
_NO_PAYMENT_CARD: Pieces = tuple(b" %s card" % word for word in OTHER_CARDS)
BANK: Pieces = (
    *(
        b" bank",
        b"bank ",
        b" checking ",
        b" savings ",
        b" ach ",
        b" wire ",
        b" iban",
        b" swift ",
        b"direct deposit",
        b" payroll ",
    ),
    *(b" brokerage ", b"credit union", b"routing"),
)
ROUTING: Pieces = (b"routing", b" aba ", b" rtn ", b" micr ", b" transit ")
TRANSFER: Pieces = (b"iban", b" bank", b"bank ", b" bic ", b" swift", b"account", b" acct", b" wire ", b"transfer")
IBAN: Pieces = (b"iban", b"bank account", b" bic ")
CLOUD: Pieces = (b" aws", b"aws ", b" arn ", b"amazon", b" ec2 ", b" iam ", b"cloudformation")


def words_of(text: bytes) -> bytes:
    """The words of a text in small letters, with single spaces between them; it begins and ends with one."""
    return b" %s " % b" ".join(text.translate(_LETTERS).split())


def card_in(words: bytes) -> bool:
    """Whether a word for a payment card is among the words: one for another card is none."""
    if not any_of(CARD, words):  # nearly always
        return False
    if any_of(_NO_PAYMENT_CARD, words):
        for piece in _NO_PAYMENT_CARD:
            words = words.replace(piece, b"  ")
    return any_of(CARD, words)


def any_of(pieces: Pieces, words: bytes) -> bool:
    """Whether one of the pieces is among the words."""
    return any(map(words.__contains__, pieces))
