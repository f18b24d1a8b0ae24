"""One spelling for one person: the rule by which identifiers are brought together before they are hashed."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

IdentifierKind = Literal["pupil", "teacher"]

_SPREADSHEET_INTEGER = re.compile(r"(\d+)\.0+")


def normalise_identifier(text: str, kind: IdentifierKind = "pupil") -> str:
    """Bring the spellings of one identifier together.

    Parameters
    ----------
    text
        As typed or as found in a file.
    kind
        Whose identifier it is. Both kinds follow one rule today; hashing keeps them apart.

    Returns
    -------
    str
        Without white space, in upper case, in Unicode's compatibility form (NFKC), and without the
        ``.0`` that spreadsheets add to whole numbers. Leading zeros stay: ``007`` is not ``7``.

    Notes
    -----
    Applying the rule twice changes nothing. Blank text becomes ``""``, which stands for nobody.

    Examples
    --------
    >>> normalise_identifier(" a123 456 ")
    'A123456'
    >>> normalise_identifier("123456.0", "teacher")
    '123456'
    """
    joined = "".join(unicodedata.normalize("NFKC", text).split())
    whole = _SPREADSHEET_INTEGER.fullmatch(joined)
    # Upper case can undo the compatibility form ("ǰ"), so it is applied once more.
    return whole.group(1) if whole else unicodedata.normalize("NFKC", joined.upper())
