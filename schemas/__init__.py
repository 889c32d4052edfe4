"""Contracts on the wire: Avro schemas, framing, the columnar codec, schema ids, the sealed phi field."""
