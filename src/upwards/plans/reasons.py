"""Reasons: why a partnership is in the plan, and which limit stopped the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from upwards.measures.stages import StageName
from upwards.measures.teams import Teams
from upwards.plans.candidates import Candidates
from upwards.plans.held import Use
from upwards.plans.people_hours import UNKNOWN, Place, say_hours
from upwards.plans.plan import HoursOfPeople, LimitUse, Unserved
from upwards.plans.program import usable
from upwards.plans.rules import LIMIT_NAMES, Kind, LimitName, Limits

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ROUNDING = 1e-9
_UNITS: dict[LimitName, str] = {
    "provider recipients": "recipients",
    "provider hours": "hours",
    "recipient hours": "hours",
    "outside partners": "partners",
    "total hours": "hours",
    "money": "money",
    "people's hours": "hours",
}


def use_of(chosen: Ints, candidates: Candidates) -> Use:
    """Add up what the chosen pairs use, without what is under way; arrays have one entry per team."""
    n_teams = candidates.pupils.size
    provider, recipient = candidates.provider[chosen], candidates.recipient[chosen]
    hours = candidates.hours[chosen]
    outside = ~candidates.internal[chosen]
    return Use(
        recipients_of=np.bincount(provider, minlength=n_teams).astype(float),
        hours_of_provider=np.bincount(provider, weights=hours, minlength=n_teams).astype(float),
        partners_of=np.bincount(recipient, minlength=n_teams).astype(float),
        outside_of=np.bincount(recipient[outside], minlength=n_teams).astype(float),
        hours_of_recipient=np.bincount(recipient, weights=hours, minlength=n_teams).astype(float),
        hours_of_pool=candidates.pools.drawn(chosen, hours),
        hours=2.0 * float(hours.sum()),
    )


def limits_used(chosen: Ints, candidates: Candidates, limits: Limits) -> tuple[LimitUse, ...]:
    """Say how much of each limit is used, by what is under way and by the plan."""
    step = candidates.usual_hours
    new = use_of(chosen, candidates)
    use = candidates.held + new
    per_team: list[tuple[LimitName, float, str, float]] = [
        ("provider recipients", limits.provider_recipients, "recipients_of", 1.0),
        ("provider hours", limits.provider_hours, "hours_of_provider", step),
        ("recipient hours", limits.recipient_hours, "hours_of_recipient", step),
        ("outside partners", limits.outside_partners, "outside_of", 1.0),
    ]
    found = []
    for name, limit, field, one_more in per_team:
        used: Floats = getattr(use, field)
        most = float(used.max(initial=0.0))
        full = int(np.sum((used > 0) & (used + one_more > limit + ROUNDING)))
        planned = float(getattr(new, field).max(initial=0.0))
        left = max(float(limit) - most, 0.0)
        found.append(LimitUse(name, _UNITS[name], float(limit), most, left, full, planned))
    for name, limit_in_all, per_hour in (
        ("total hours", limits.total_hours, 1.0),
        ("money", limits.money, limits.cost_per_hour),
    ):
        room = None if limit_in_all is None else usable(limits, limit_in_all)
        left_in_all = None if room is None else max(room - use.hours * per_hour, 0.0)
        found.append(
            LimitUse(
                name, _UNITS[name], room, use.hours * per_hour, left_in_all, None, new.hours * per_hour
            )  # fmt: skip
        )
    if candidates.pools.pools:
        found.append(_people_used(use, new, candidates, step))
    return tuple(found)


def _people_used(use: Use, new: Use, candidates: Candidates, step: float) -> LimitUse:
    """Say how much is used of the hours of those people who have least left."""
    limit, used = candidates.pools.hours, use.hours_of_pool
    least = int(np.argmin(limit - used))
    full = int(np.sum((used > 0) & (used + step > limit + ROUNDING)))
    left = max(float(limit[least] - used[least]), 0.0)
    planned = float(new.hours_of_pool[least])
    return LimitUse("people's hours", "hours", float(limit[least]), float(used[least]), left, full, planned)


def hours_of_people(chosen: Ints, candidates: Candidates, limits: Limits) -> dict[Place, HoursOfPeople]:
    """Say of every school and subject that could give which hours its people have, and what the plan takes.

    Parameters
    ----------
    chosen
        Positions of the pairs in the plan.
    candidates, limits
        What the plan was made from.

    Returns
    -------
    dict
        By school, subject and pool, in order.
    """
    pools = candidates.pools
    drawn, held = pools.drawn(chosen, candidates.hours[chosen]), candidates.held.hours_of_pool
    n_drawing = pools.drawn(chosen, np.ones(chosen.size))
    found: dict[Place, HoursOfPeople] = {}
    for pair, place in sorted(enumerate(map(pools.place_of, range(candidates.n_pairs))), key=lambda x: x[1]):
        if place in found:
            continue
        school, subject, k = place
        if k == UNKNOWN:
            why = (
                f"No hours of people are recorded for {subject} at {school}: the usual limit of "
                f"{limits.provider_hours:g} hours for each team holds."
            )
            found[place] = HoursOfPeople(
                school, subject, "people", None, None, None, None, 0, pools.n_able[pair], why
            )
            continue
        pool, tight = pools.pools[k], pools.tightest(pair, drawn + held)
        found[place] = HoursOfPeople(
            school, subject, "trained coaches" if pool.are_coaches else "people", pool.hours,
            float(held[k]), float(drawn[k]), max(float((pools.hours - drawn - held)[tight]), 0.0),
            pool.n_people, pool.n_unrecorded,
            f"{say_hours(pool)}{_promised(held[k], pool.hours)}; "
            f"{_taken(int(n_drawing[k]), float(drawn[k]))}.",
        )  # fmt: skip
    return found


def _promised(held: float, hours: float) -> str:
    """Say what partnerships under way hold of the hours of people, which may be more than there are."""
    if held > hours + ROUNDING:
        return f"; what is under way holds {held:g}, more than there are"
    return f"; what is under way holds {held:g} of them" if held > 0 else ""


def _taken(n: int, hours: float) -> str:
    """Say what the plan takes of the hours of people."""
    if n == 0:
        return "the plan takes none of them"
    return f"1 partnership takes {hours:g} of them" if n == 1 else f"{n} partnerships take {hours:g} of them"


def say_why(
    teams: Teams,
    provider: int,
    recipient: int,
    *,
    kind: Kind,
    hours: float,
    stage: StageName,
    asked: bool,
    required: bool,
    provisional: bool,
) -> str:
    """Say why two teams work together, naming what they work on and never a score."""
    subject, grade = teams.subject[recipient], teams.stage[recipient]
    work = name_team((teams.school[recipient], subject, grade))
    inside = teams.school[provider] == teams.school[recipient]
    helper = f"its own {_team(teams, provider)}" if inside else f"{teams.school[provider]}'s"
    if not inside:
        helper = f"{helper} {_team(teams, provider)}"
    if required:
        cause = "this pair was asked for"
    elif asked:
        cause = f"it asks for help, and {helper} knows how"
    elif stage == "share within":
        cause = f"the knowledge is inside the school, with {helper}"
    elif stage == "link out" and _is_alone(teams, recipient):
        cause = f"the school has no other team in {subject}, so the knowledge is outside, with {helper}"
    elif stage == "link out":
        cause = f"the school is even, so the knowledge is outside, with {helper}"
    else:
        cause = f"{helper} knows how; results cannot tell whether to start inside, so its leaders decide"
    if (required or asked) and stage == "leaders decide":
        cause += "; its leaders decide whether to start inside"
    doubt = ", on too few years of results to be sure" if provisional else ""
    partner = f" with {helper}" if required else ""
    return f"{work}{partner}: {cause}{doubt} ({kind}, {hours:g} hours each)."


def _is_alone(teams: Teams, team: int) -> bool:
    """Say whether a school has only this team in its subject."""
    own = (teams.school[team], teams.subject[team])
    return sum(key == own for key in zip(teams.school, teams.subject, strict=True)) == 1


def explain_unserved(
    teams: Teams, candidates: Candidates, chosen: Ints, limits: Limits
) -> tuple[Unserved, ...]:
    """Say of every recipient without a partner which limit stopped it.

    Parameters
    ----------
    teams, candidates, limits
        What the plan was made from.
    chosen
        Positions of the pairs in the plan.

    Returns
    -------
    tuple of Unserved
        In the order of the recipients; a team with a partner under way is not among them.

    Notes
    -----
    The plan is held fixed and each worthwhile pair of the recipient is added to it in thought. If one of
    them exceeds a single limit, relaxing that limit alone by `more` serves the recipient without taking
    from anybody, and no less of it would; otherwise the pair that exceeds the fewest limits is named with all
    of them.
    """
    use = candidates.held + use_of(chosen, candidates)
    exceeded, more = _exceeded(candidates, use, limits)
    served = use.partners_of > 0
    first = np.searchsorted(candidates.place, np.arange(candidates.recipients.size + 1))
    found = []
    for i, r in enumerate(candidates.recipients.tolist()):
        if served[r]:
            continue
        pairs = np.arange(first[i], first[i + 1])
        worth = pairs[candidates.value[pairs] > ROUNDING]
        label = (teams.school[r], teams.subject[r], teams.stage[r])
        if not worth.size:
            found.append(Unserved(*label, (), None, _without_partner(label, candidates, i, pairs.size > 0)))
            continue
        easiest = _easiest(worth, candidates.value, exceeded, more)
        names = tuple(name for name, over in zip(LIMIT_NAMES, exceeded[easiest], strict=True) if over)
        amount = float(more[easiest][exceeded[easiest]][0]) if len(names) == 1 else None
        why = _stopped(label, names, amount)
        at = _short_of_people(easiest, chosen, candidates, use) if "people's hours" in names else ()
        found.append(Unserved(*label, names, amount, why, *at))
    return tuple(found)


def _easiest(pairs: Ints, value: Floats, exceeded: npt.NDArray[np.bool_], more: Floats) -> int:
    """Return the pair that exceeds the fewest limits; of those stopped by one alone, what needs least."""
    count = exceeded[pairs].sum(axis=1)
    found = pairs[np.lexsort((-value[pairs], count))[0]]
    if exceeded[found].sum() != 1:
        return int(found)
    of = int(np.argmax(exceeded[found]))
    alike = pairs[(count == 1) & exceeded[pairs, of]]
    return int(alike[np.lexsort((-value[alike], more[alike, of].round(9)))[0]])


def _short_of_people(pair: int, chosen: Ints, candidates: Candidates, use: Use) -> tuple[str, str]:
    """Say whose hours are too few for one more partnership, and in which school."""
    pools = candidates.pools
    place = pools.tightest(pair, use.hours_of_pool)
    drawing = set(pools.pair[pools.pool == place].tolist())
    n = sum(int(i) in drawing for i in chosen) + 1
    held = candidates.held.hours_of_pool[place]
    needed = use.hours_of_pool[place] - held + candidates.hours[pair]
    need = "1 partnership would need" if n == 1 else f"{n} partnerships would need"
    pool = pools.pools[place]
    said = f"{say_hours(pool)}{_promised(held, pool.hours)}; {need} {needed:g}."
    return said, pool.school


def _exceeded(candidates: Candidates, use: Use, limits: Limits) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Return which limits one more pair would exceed, and by how much, shape (P, 7) in the order of names."""
    p, r, hours = candidates.provider, candidates.recipient, candidates.hours
    outside = np.where(candidates.internal, -np.inf, use.outside_of[r] + 1.0)
    share = 1.0 - limits.reserved_for_top
    in_all = use.hours + 2 * hours - usable(limits, limits.total_hours)
    paid = (use.hours + 2 * hours) * limits.cost_per_hour - usable(limits, limits.money)
    over = np.stack(
        [
            use.recipients_of[p] + 1.0 - limits.provider_recipients,
            use.hours_of_provider[p] + hours - limits.provider_hours,
            use.hours_of_recipient[r] + hours - limits.recipient_hours,
            outside - limits.outside_partners,
            # A share of every further hour is set aside for growing the top.
            in_all / share if share > 0 else in_all,
            paid / share if share > 0 else paid,
            candidates.pools.excess(use.hours_of_pool, hours),
        ],
        axis=1,
    )
    return over > ROUNDING, over


def _without_partner(label: tuple[str, str, str], candidates: Candidates, i: int, paired: bool) -> str:
    """Say why a recipient has no worthwhile pair at all."""
    team = name_team(label)
    if paired:
        return f"{team}: nobody here is far enough ahead to be worth the hours of the provider's own pupils."
    where = {
        "share within": "in its own school",
        "link out": "in another school",
        "grow the top": "in another school",
        "leaders decide": "anywhere here",
    }[candidates.stage[i]]
    return f"{team}: nobody is known {where} who could help in this subject at the same or the next stage."


def _stopped(label: tuple[str, str, str], names: tuple[LimitName, ...], more: float | None) -> str:
    """Say which limits stopped a recipient, and how much more of a single one would do where it is told."""
    team = name_team(label)
    if not names:  # Possible only where the search ended early.
        return f"{team}: a partner with room exists; the search ended before the best use of it was found."
    if len(names) > 1:
        return f"{team}: several limits stopped it together ({', '.join(names)})."
    said, enough = {
        "provider recipients": ("those who could help already have as many recipients as one may have", ""),
        "provider hours": ("those who could help have no hours left", "more each would do"),
        "recipient hours": ("its own hours are too few", "more would do"),
        "outside partners": ("no outside partner is allowed", ""),
        "total hours": ("the hours in all are used up", "more would do, some of it for the top"),
        "money": ("the money is used up", "more would do, some of it for the top"),
        "people's hours": ("the people who could help have too few hours", ""),
    }[names[0]]
    return f"{team}: {said} ({more:g} {enough})." if enough and more is not None else f"{team}: {said}."


def without_amount(unserved: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out how much more would serve a team: it tells what hours others hold in what is under way."""
    if unserved.get("more") is None:
        return dict(unserved)
    label = (unserved["school"], unserved["subject"], unserved["stage"])
    return {**unserved, "more": None, "why": _stopped(label, tuple(unserved["limits"]), None)}


def _team(teams: Teams, t: int) -> str:
    """Name a team by its stage."""
    return f"{name_stage(teams.stage[t])} team".strip()


def name_stage(stage: str) -> str:
    """Name a stage: "3" is said "stage 3", "Year 3" as it is."""
    return f"stage {stage}" if 0 < len(stage) <= 2 else stage


def name_team(label: tuple[str, str, str]) -> str:
    """Name a team by what it works on; its subject begins a sentence."""
    school, subject, stage = label
    return ", ".join(
        part for part in (subject[:1].upper() + subject[1:], name_stage(stage), f"at {school}") if part
    )
