"""Canvas, Moodle and the exchange: what comes in from them, and the marks that go out."""
