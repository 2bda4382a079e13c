"""Says why undoing an export leaves a file where it is."""


class MustStay(Exception):
    """Raised where a file must stay; its text is the reason."""


class MustStayForGood(MustStay):
    """Raised where a file must stay however often it is tried, since what was exported is no longer there."""


class Missing(MustStayForGood):
    """Raised where a moved file is nowhere to be found."""
