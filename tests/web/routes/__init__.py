"""Every address of the application, and what each of the cast gets there by GET and by POST.

A row is ``route: Row(expected, arguments, post, body)``, in the module of its app; ``objects`` makes the real
row that an address is about. `expected` and `post` give a status for each of the cast (``ANY``: everyone not
named), by GET and by a POST of `body`, which is empty where that tells enough: 422, or 200 with the form, to
who may; 403 or 404 to who may not; 302 to the sign-in page to strangers. A page that asks for figures answers
200, or 202 while they are computed: write 200, both pass. Without `post` the address takes no POST (405); one
that takes only POST answers 405 by GET. `test_routes.py` fails when an address has no row, or a row does not
hold.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.web.routes import (
    answers,
    data,
    initiatives,
    partnerships,
    people,
    practices,
    programmes,
    reviews,
    sign_in,
)
from tests.web.routes.rows import ANY as ANY
from tests.web.routes.rows import Row as Row

_PARTS = (answers, data, initiatives, partnerships, people, practices, programmes, reviews, sign_in)
ROUTES: Mapping[str, Row] = {route: row for one in _PARTS for route, row in one.ROUTES.items()}
