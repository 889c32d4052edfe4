-- One synthetic claim a number: the same number gives the same claim in every table.
SELECT
    number AS n,
    concat('claim-', hex(sipHash64(number)), hex(sipHash64(number, 1))) AS claim,
    concat('npi-', toString(number % 40), ':', hex(sipHash64(number, 2)), hex(sipHash64(number, 3)), ':P') AS lineage,
    hex(SHA256(toString(number))) AS hash,
    concat('payer-', toString(sipHash64(number, 4) % 20)) AS payer,
    ['professional', 'institutional', 'dental'][1 + least(sipHash64(number, 5) % 10, 2)] AS kind,
    concat('specialty-', toString(sipHash64(number, 6) % 12)) AS specialty,
    concat('1', leftPad(toString(sipHash64(number, 7) % 400), 9, '0')) AS npi,
    toDate32('2025-01-01') + toInt32(number * 365 / {total:UInt64}) AS submitted,
    toInt32(5 + sipHash64(number, 8) % 40 + sipHash64(number, 9) % 20) AS lag,
    submitted + lag AS paid_on,
    sipHash64(number, 10) % 100 < 90 AS answered,
    sipHash64(number, 11) % 100 < 11 AS denied,
    toInt64(5000 + sipHash64(number, 12) % 45000) AS charge,
    intDiv(charge * 6, 10) AS expected,
    round((sipHash64(number, 13) % 10000) / 10000, 4) AS probability,
    submitted - toInt32(2 + sipHash64(number, 14) % 9) AS served
FROM numbers({first:UInt64}, {count:UInt64})
