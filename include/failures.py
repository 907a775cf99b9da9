"""The mark of failures that do not go away by themselves."""


class NeedsPerson(Exception):
    """Trying again changes nothing; the message says what a person has to do. A base beside the usual one."""
