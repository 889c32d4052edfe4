"""The loops of an 837 below CLM: which handler reads which segment in which loop."""

from __future__ import annotations

from processors.x12 import claim_segments as claim
from processors.x12 import line_segments as line
from processors.x12 import other_payer_segments as payer
from processors.x12.claim_segments import Handler, keep
from processors.x12.draft import Draft
from processors.x12.frame import ClaimFrame, Placed
from processors.x12.health_information import read_hi
from processors.x12.problems import ClaimRejectedError
from processors.x12.segment_limits import ELEMENT_LIMITS

_ANYWHERE: dict[str, Handler] = {"LX": line.read_lx, "SBR": payer.read_sbr}
_SERVICE: dict[str, Handler] = {"SV1": line.read_sv1, "SV2": line.read_sv2, "SV3": line.read_sv3}
_CLAIM: dict[str, Handler] = {
    "CLM": claim.read_clm, "DTP": claim.read_dtp, "REF": claim.read_ref, "AMT": claim.read_amt,
    "CL1": claim.read_cl1, "PWK": claim.read_pwk, "NTE": claim.read_nte, "HI": read_hi, "NM1": claim.read_nm1,
}  # fmt: skip
_LINE: dict[str, Handler] = {
    "LX": line.read_lx, "DTP": line.read_line_dtp, "REF": line.read_line_ref, "PWK": claim.read_pwk,
    "NTE": line.read_line_nte, "TOO": line.read_too, "LIN": line.read_lin, "CTP": line.read_ctp,
    "NM1": line.read_line_nm1, "SVD": payer.read_svd, **_SERVICE,
}  # fmt: skip

LOOPS: dict[str, dict[str, Handler]] = {
    "2300": {**_ANYWHERE, **_CLAIM, **_SERVICE},
    "2310": {**_ANYWHERE, **_SERVICE, "NM1": claim.read_nm1, "PRV": claim.read_provider_prv, "HI": read_hi},
    "2320": {
        **_ANYWHERE, **_SERVICE, "CAS": payer.read_claim_cas, "AMT": payer.read_payer_amt,
        "NM1": payer.read_payer_nm1, "HI": read_hi,
    },
    "2330": {**_ANYWHERE, **_SERVICE, "NM1": payer.read_payer_nm1, "DTP": payer.read_payer_dtp},
    "2400": _LINE,
    "2410": _LINE,
    "2420": {"LX": line.read_lx, "NM1": line.read_line_nm1, "SVD": payer.read_svd, **_SERVICE},
    "2430": {"LX": line.read_lx, "SVD": payer.read_svd, "CAS": payer.read_line_cas,
        "DTP": payer.read_line_dtp, **_SERVICE},
}  # fmt: skip
"""Handlers by loop and segment id; other segments are kept sealed."""

Oddity = tuple[str, str, int | None, Placed]
"""Code, message, element and segment of something odd that does not stop the claim."""

_PADDING = [[""] * missing for missing in range(40)]


class MappingStopped(Exception):  # noqa: N818 - carries a problem, is not an error of its own
    """Raised when a claim is given up; carries the segment it was given up at."""

    def __init__(self, cause: ClaimRejectedError, segment: Placed) -> None:
        super().__init__(cause.message)
        self.cause = cause
        self.segment = segment


def read_segment(draft: Draft, elements: list[str]) -> None:
    """Read a segment below CLM into a claim; one that its loop has no handler for is kept sealed.

    Raises:
        ClaimRejectedError: The claim cannot be read.
    """
    handler = LOOPS[draft.loop].get(elements[0])
    if handler is None:
        keep(draft, elements)
        return
    missing = ELEMENT_LIMITS[elements[0]] + 1 - len(elements)
    if missing > 0:
        elements += _PADDING[missing]
    handler(draft, elements)


def read_segments(
    frame: ClaimFrame,
) -> tuple[Draft, list[Oddity]]:
    """Read the segments of one claim.

    Args:
        frame: The claim as it stands in the file.

    Returns:
        The draft, and the oddities found: code, message, element and segment.

    Raises:
        MappingStopped: The claim cannot be read.
    """
    draft = Draft(frame.claim_type, frame.component)
    oddities: list[Oddity] = []
    segment = frame.segments[0]
    try:
        for segment in frame.segments:
            elements = segment[0]
            read_segment(draft, elements)
            if draft.warnings:
                oddities += [(*warning, segment) for warning in draft.warnings]
                draft.warnings.clear()
        draft.finish_line()
        if not draft.event["lines"]:
            message = "The claim has no service lines"
            raise ClaimRejectedError(None, "no_lines", message)
    except ClaimRejectedError as cause:
        raise MappingStopped(cause, segment) from None
    return draft, oddities
