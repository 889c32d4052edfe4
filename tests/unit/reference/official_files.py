"""Small source files in the official layouts: real codes and figures, descriptions of our own."""

from __future__ import annotations

from pathlib import Path

PREAMBLE_2025 = """\
,,2025 National Physician Fee Schedule Relative Value File October Release,,,,,,,,,,,,,,,,,,,,,,,,,,,,
,,CPT codes and descriptions only are copyright 2024 American Medical Association.,,,,,,,,,,,,,,,,,,,,,,,,,,,,
,,,STATUS,MEDICARE ,WORK,NON-FAC,NA,FACILITY,NA,MP,NON-FACILITY,FACILITY,PCTC,GLOB,PRE,INTRA,POST,MULT,BILAT,ASST,\
CO-,TEAM,ENDO,CONV,DIAGNOSTIC,CALCULATION,FAMILY,PAYMENT,PAYMENT,PAYMENT
HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,INDICATOR,PE RVU,INDICATOR,RVU,TOTAL,TOTAL,IND,DAYS,OP,OP,OP,PROC,SURG,\
SURG,SURG,SURG,BASE,FACTOR,PROCEDURES,FLAG,INDICATOR,AMOUNT,AMOUNT,AMOUNT
"""
PREAMBLE_2026 = PREAMBLE_2025.replace("2025 National", "2026 National").replace(
    "SURG,SURG,SURG,BASE", "SURG,SURG,SURG,IND,BASE"
)

VISIT_2025 = (
    '99213,,"Visit, low",A,,1.30,1.35,,0.57,,0.10,2.75,1.97,0,XXX,0.00,0.00,0.00,0,0,0,0,0,,32.3465,09,0,99,'
    "0.00,0.00,0.00"
)
VISIT_2026 = (
    '99213,,"Visit, low",A,,1.30,1.46,,0.33,,0.09,2.85,1.72,0,XXX,0.00,0.00,0.00,0,0,0,0,0,9,,33.4009,09,0,99,'
    "0.00,0.00,0.00"
)
COLONOSCOPY_2026 = (
    "45378,53,Cut short,A,,1.59,3.87,,0.67,,0.21,5.67,2.47,0,000,0.00,0.00,0.00,2,0,1,0,0,9,,33.4009,09,0,99,"
    "0.00,0.00,0.00"
)

FIXED_2026 = """HDR CPT CODES AND DESCRIPTIONS ONLY ARE COPYRIGHT
HDR 2026 AMERICAN MEDICAL ASSOCIATION.
45385  Own words                                         A   4.46  10.00     1.72    0.51  14.97  6.690000.00.00.003010\
09      45378 33.4009 090 99      0.00   0.00   0.00
45395  Own words                                         A  32.18  15.69NA  15.69    6.00  53.87 53.870090.09.81.102021\
09            33.4009 090 99      0.00   0.00   0.00
70450TCOwn words                                         A   0.00   2.00     2.00NA  0.01   2.01  2.011XXX.00.00.004000\
09            33.4009 010 88      3.18   3.18   0.02
"""

GPCI_2026 = """ADDENDUM E. FINAL CY 2026 GEOGRAPHIC PRACTICE COST INDICES (GPCIs) BY STATE AND MEDICARE LOCALITY,,,,,,,
,,,,,,,
Medicare Administrative Contractor (MAC),State,Locality Number,Locality Name,2026 PW GPCI (without 1.0 Floor),\
2026 PW GPCI (with 1.0 Floor),2026 PE GPCI,2026 MP GPCI
10112,AL,00,ALABAMA,0.988,1.000,0.875,0.566
01182,CA,18,LOS ANGELES-LONG BEACH-ANAHEIM,1.041,1.041,1.183,0.664
01112,CA,75,REST OF CALIFORNIA,1.017,1.017,1.096,0.536
*Work GPCI reflects a 1.5 floor in Alaska.,,,,,,,
"""
GPCI_2025 = """ADDENDUM E,,,,,,
Medicare Administrative Contractor (MAC),State,Locality Number,Locality Name,2025 PW GPCI (with 1.0 Floor),\
2025 PE GPCI,2025 MP GPCI
10112,AL,0,ALABAMA,1,0.869,0.575
"""

ANESTHESIA_2025 = """Contractor,Locality,Locality Name,National Anes CF of 20.3178
10112,00,ALABAMA,19.31
02102,01,ALASKA*,27.86
*Alaska has a floor,,,
"""
ANESTHESIA_2026 = """Contractor,Locality,Locality Name,\
Qualifying APM National Anes CF (with 2.5% statutory increase) of 20.599835,\
Non-Qualifying APM National Anes CF (with 2.5% Statutory increase)  of 20.49754
10112,00,ALABAMA,19.60,19.50
"""

CAP_2025 = """HCPCS,MOD,PROCSTAT,CARRIER,LOCALITY,FACILITY PRICE,NON-FACILTY PRICE
0633T,TC,C,01112,05,150.69,150.69
72191,,A,10112,00,210.05,210.05
"""

PAIRS = """CPT only copyright 2025 American Medical Association. All rights reserved.
Column1/Column2 Edits
Column 1\tColumn 2\t*=in existence prior to 1996\tEffective Date\tDeletion Date\tModifier\tPTP Edit Rationale
\t\t\t\t\t0=not allowed
\t\t\t\t*=no data\t1=allowed
\t\t\t\t\t9=not applicable
45385\t45378\t*\t19960101\t*\t0\tSequential Procedure
45385\t45380\t\t20010101\t20251231\t1\tMore extensive procedure
10060\t11042\t\t20200101\t20200101\t0\tMisuse of Column Two code with Column One code
10060\t11043\t\t20200101\t20211231\t9\tMisuse of Column Two code with Column One code
"""

LIMITS_PRACTITIONER = """"CPT codes are copyright 2025 American Medical Association.
All rights reserved.",,,
"HCPCS/
CPT Code",Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale
99213,2,3 Date of Service Edit: Clinical,Clinical: Data
97110,6,3 Date of Service Edit: Clinical,Clinical: Data
"""
LIMITS_HOSPITAL = """HCPCS/CPT Code,Outpatient Hospital Services MUE Values,MUE Adjudication Indicator,MUE Rationale
97110,8,3 Date of Service Edit: Clinical,Clinical: Data
"""

ADDONS = """CPT only copyright 2025 American Medical Association,,,,,,,
AOC_Edit_Type,Add-On_Code,AOC_DelDT,Primary_Code,Primary_Code_DelDT,AOC_Edit_EffDT,AOC_Edit_DelDT,Special_Instruction_Notes
1,99292,,99291,,2013091,,
2,99417,,CCCCC,,2021001,2025365,Contractor Defined Primary Codes
1,11045,2026181,11042,2026091,2013091,2026365,
"""

HCPCS_CSV = """HCPC,SEQNUM,RECID,LONG DESCRIPTION,SHORT DESCRIPTION,PRICE1,PRICE2,MULT_PI,COV,BETOS,TOS1,TOS2,ADD DT,\
ACT EFF DT,TERM DT,ACTION CD
A1,100,7,Own words,Own words,,,,C,,,,20020701,20020701,,N
J1885,100,3,Own words,Own words,51,,A,D,O1E,1,P,19970101,19970101,,N
J1885,200,4,Own words,,,,,,,,,,,,
G0202,100,3,Own words,Own words,11,,A,C,I1C,4,,20010401,20180101,20171231,D
"""

PLACES = """Place of Service Code(s),Place of Service Name,Place of Service Description
01,Pharmacy,Own words
11,Office,Own words
30,Unassigned,N/A
35-40,Unassigned,N/A
"""

REASONS = """Code,Description,Start Date,Last Modified,Stop Date
1,Own words,01/01/1995,,
15,Own words,01/01/1995,,07/01/2017
9999,Own words,11/01/2026,,
"""
REMARKS = """RARC,Description,Start Date,Stop Date,Last Modified Date
N362,Own words,11/18/2005,,
"""

ICD_2026 = """00001 A00     0 Own words                                                    Own words
00002 A000    1 Own words                                                    Own words
00003 B880    0 Own words                                                    Own words
00004 B8801   1 Own words                                                    Own words
00005 E119    1 Own words                                                    Own words
"""


def hcpcs_record(code: str, record: str, *, coverage: str = "", added: str = "", ended: str = "") -> str:
    """Return a record of the alpha-numeric file: 320 positions, fields where the record layout has them."""
    line = [" "] * 320
    put = {1: code.rjust(5), 6: "00100", 11: record, 12: "Own words", 92: "Own words", 120: "51", 128: "A"}
    put |= {230: coverage, 257: "O1E", 261: "1", 269: added, 277: added, 285: ended, 293: "N"}
    for position, text in put.items():
        line[position - 1 : position - 1 + len(text)] = text
    return "".join(line)


HCPCS_FIXED = "\n".join(
    [
        "Note regarding coverage and payment indicators",
        "",
        hcpcs_record("A1", "7", coverage="C", added="20020701"),
        hcpcs_record("J1885", "3", coverage="D", added="19970101"),
        "J1885002004further own words",
        hcpcs_record("G0202", "3", coverage="C", added="20010401", ended="20171231"),
        "",
    ]
)


def write(folder: Path, name: str, content: str) -> Path:
    """Write a source file and return it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path
