"""Normal forms: what is compared in place of what was typed.

Each is an expression from text to text, null where nothing worth comparing is left; what is shown to people stays as it was typed.
"""

from collections.abc import Callable

import polars as pl

from oneroster_reconcile.model.texts import in_form

__all__ = [
    "agent",
    "birth",
    "contact",
    "digits",
    "domain",
    "email",
    "family",
    "given",
    "grade",
    "key",
    "lines",
    "local",
    "name",
    "phone",
    "plain",
    "suffix",
    "unshared",
]

_APART = {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
"""Letters that no Unicode form takes apart, and how districts type them on a plain keyboard."""
_PARTICLES = "da|das|de|del|della|den|der|di|do|dos|du|el|la|las|le|les|los|ten|ter|van|vander|von|zu"
_SUFFIX = r"\s(jr|sr|junior|senior|ii|iii|iv|2nd|3rd|4th)$"
_SUFFIXES = {"junior": "jr", "senior": "sr", "2nd": "ii", "3rd": "iii", "4th": "iv"}
_NO_NAME = "unknown|none|n a|na|null|test|tbd|xxx+|baby|no name|no last name|nfn|nln|fnu|lnu"
_NO_MAILBOX = r"^(?:none|na|n/a|no-?reply|no-?email|unknown|null|test)(?:@|$)"
_GRADES = {"ip": "-3", "it": "-3", "pr": "-2", "pk": "-1", "tk": "0", "kg": "0", "k": "0"}


def plain(text: pl.Expr) -> pl.Expr:
    """Letters without case, accents and typographic variants.

    >>> pl.select(plain(pl.lit("Ｚúñiga-WEISS"))).item(), pl.select(plain(pl.lit("Bjørn Weiß"))).item()
    ('zuniga-weiss', 'bjorn weiss')
    """
    apart = in_form(text, "NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()
    return apart.str.replace_many(list(_APART), list(_APART.values()))


def name(text: pl.Expr) -> pl.Expr:
    """Words of letters and digits with one space between them: apostrophes and points are dropped, hyphens are spaces.

    >>> pl.DataFrame({"name": ["O’Brien", "Anne-Marie ", "UNKNOWN", " "]}).select(name(pl.col("name"))).to_series().to_list()
    ['obrien', 'anne marie', None, None]
    """
    solid = plain(text).str.replace_all(r"['’‘ʼ`´.]", "")
    words = solid.str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()
    return pl.when(words.str.contains(f"^(?:{_NO_NAME})?$")).then(None).otherwise(words)


def given(text: pl.Expr) -> pl.Expr:
    """A given name without a suffix that was typed into its field.

    >>> pl.select(given(pl.lit("José-Luis Jr."))).item()
    'jose luis'
    """
    return name(text).str.replace(_SUFFIX, "")


def family(text: pl.Expr) -> pl.Expr:
    """A family name without leading particles and suffix; a name that is nothing but a particle stays.

    >>> pl.DataFrame({"name": ["de la Cruz", "van den Berg-Smith", "Byron, Jr.", "Le"]}).select(family(pl.col("name"))).to_series().to_list()
    ['cruz', 'berg smith', 'byron', 'le']
    """
    return name(text).str.replace(_SUFFIX, "").str.replace(rf"^(?:(?:{_PARTICLES}) )+", "")


def suffix(text: pl.Expr) -> pl.Expr:
    """Which of several bearers of one name this is, where the name says so.

    >>> pl.DataFrame({"name": ["Byron, Jr.", "Byron III", "Byron"]}).select(suffix(pl.col("name"))).to_series().to_list()
    ['jr', 'iii', None]
    """
    return name(text).str.extract(_SUFFIX).replace(_SUFFIXES)


def digits(text: pl.Expr) -> pl.Expr:
    """The digits of a text.

    >>> pl.select(digits(pl.lit("2010-03-09"))).item()
    '20100309'
    """
    return text.str.replace_all(r"\D", "").replace("", None)


def phone(text: pl.Expr) -> pl.Expr:
    """The last ten digits; too few, all the same or counted upwards is no number.

    >>> pl.DataFrame({"phone": ["+1 (555) 010-7788", "000-000-0000"]}).select(phone(pl.col("phone"))).to_series().to_list()
    ['5550107788', None]
    """
    last = digits(text).str.slice(-10)
    made_up = last.str.contains(f"^(?:{'|'.join(f'{digit}+' for digit in range(10))}|1234567890)$") | (last.str.len_chars() < 7)
    return pl.when(made_up).then(None).otherwise(last)


def email(text: pl.Expr) -> pl.Expr:
    """An address without case; what only fills the field is no address.

    >>> pl.DataFrame({"email": [" Ada@X.edu", "none@none.com", "n/a"]}).select(email(pl.col("email"))).to_series().to_list()
    ['ada@x.edu', None, None]
    """
    address = text.str.strip_chars().str.to_lowercase()
    return pl.when(address.str.contains("@") & ~address.str.contains(_NO_MAILBOX)).then(address)


def local(address: pl.Expr) -> pl.Expr:
    """What stands before the `@`, without a `+tag`.

    >>> pl.select(local(pl.lit("ada+lms@x.edu"))).item()
    'ada'
    """
    return address.str.extract(r"^([^@+]+)")


def domain(address: pl.Expr) -> pl.Expr:
    """What stands behind the `@`.

    >>> pl.select(domain(pl.lit("ada@x.edu"))).item()
    'x.edu'
    """
    return address.str.extract(r"@(.+)$")


def key(text: pl.Expr) -> pl.Expr:
    """An id without case and leading zeros, which spreadsheets eat.

    >>> pl.DataFrame({"id": ["00A7", "a7 ", "000"]}).select(key(pl.col("id"))).to_series().to_list()
    ['a7', 'a7', None]
    """
    return text.str.strip_chars().str.to_lowercase().str.strip_chars_start("0").replace("", None)


def birth(date: pl.Expr) -> pl.Expr:
    """A birth date as `yyyymmdd`; dates before 1902 are what systems write for "not known".

    >>> from datetime import date
    >>> pl.DataFrame({"born": [date(2010, 3, 9), date(1900, 1, 1)]}).select(birth(pl.col("born").dt.to_string("iso"))).to_series().to_list()
    ['20100309', None]
    """
    eight = digits(date).str.slice(0, 8)
    return pl.when((eight.str.len_chars() == 8) & (eight > "19019999") & (eight != "19700101")).then(eight)


def grade(text: pl.Expr) -> pl.Expr:
    """A grade as a number of years in school; kindergarten is 0.

    >>> pl.DataFrame({"grade": ["KG", "09", "9", "UG"]}).select(grade(pl.col("grade"))).to_series().to_list()
    [0, 9, 9, None]
    """
    return text.str.strip_chars().str.to_lowercase().replace(_GRADES).cast(pl.Int16, strict=False)


def agent(text: pl.Expr) -> pl.Expr:
    """A guardian or child as `family, given`: one word of both, so that it can stand among others.

    >>> pl.select(agent(pl.lit("de la Cruz-Mora, María José"))).item()
    'cruzmora,maria'
    """
    first = given(text.str.extract(r",(.*)$")).str.extract(r"^(\S+)")
    return pl.concat_str(family(text.str.extract(r"^([^,]*),")).str.replace_all(" ", ""), first, separator=",")


def contact(text: pl.Expr) -> pl.Expr:
    """An e-mail address or a telephone number, whichever it is.

    >>> pl.DataFrame({"contact": ["Ada@X.edu", "(555) 010-7788", "none"]}).select(contact(pl.col("contact"))).to_series().to_list()
    ['ada@x.edu', '5550107788', None]
    """
    return pl.coalesce(email(text).str.replace_all(r"\s", ""), phone(text))


def lines(text: pl.Expr, form: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    r"""A text of several lines as the normal forms of its lines, in order, a space between them.

    >>> pl.select(lines(pl.lit("+1 555 010 7788\n\nada@x.edu\n555-010-7788"), contact)).item()
    '5550107788 ada@x.edu'
    """
    each = text.str.split("\n").list.eval(form(pl.element())).list.drop_nulls().list.unique().list.sort()
    return each.list.join(" ").replace("", None)


def unshared(value: pl.Expr, limit: int = 8) -> pl.Expr:
    """The value, where no more than `limit` records have it: beyond, it is an office's address or a filler, and nobody's own.

    >>> pl.DataFrame({"phone": ["1", "1", "1", "2"]}).select(unshared(pl.col("phone"), 2)).to_series().to_list()
    [None, None, None, '2']
    """
    return pl.when(pl.len().over(value) <= limit).then(value)
