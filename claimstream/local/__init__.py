"""Everything one machine needs to run the whole stream: embedded broker and embedded analytics store."""
