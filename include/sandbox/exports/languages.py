"""How TikTok writes a day without its year, in each language of its pages."""

from datetime import date

# name -> (how the day is written, the twelve months as they stand in a date)
_FORMS = {
    "en": (
        "{month} {day}",
        "January February March April May June July August September October November December",
    ),
    "en_day_first": (
        "{day} {month}",
        "January February March April May June July August September October November December",
    ),
    "en_short": ("{month} {day}", "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"),
    "es": (
        "{day} de {month}",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    ),
    "pt": (
        "{day} de {month}",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    ),
    "vi": ("{day} tháng {month}", "Một Hai Ba Tư Năm Sáu Bảy Tám Chín Mười Mười_Một Mười_Hai"),
    "ru": ("{day} {month}", "января февраля марта апреля мая июня июля августа сентября октября ноября декабря"),
    "ja": ("{month}月{day}日", "1 2 3 4 5 6 7 8 9 10 11 12"),
    "id": (
        "{day} {month}",
        "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    ),
    "el": (
        "{day} {month}",
        "Ιανουαρίου Φεβρουαρίου Μαρτίου Απριλίου Μαΐου Ιουνίου Ιουλίου Αυγούστου Σεπτεμβρίου Οκτωβρίου "
        "Νοεμβρίου Δεκεμβρίου",
    ),
    "de": ("{day}. {month}", "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
    "fr": (
        "{day} {month}",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    ),
    "it": (
        "{day} {month}",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    ),
    "tr": ("{day} {month}", "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık"),
    "pl": (
        "{day} {month}",
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    ),
    "nl": (
        "{day} {month}",
        "januari februari maart april mei juni juli augustus september oktober november december",
    ),
    "ko": ("{month}월 {day}일", "1 2 3 4 5 6 7 8 9 10 11 12"),
    "zh": ("{month}月{day}日", "1 2 3 4 5 6 7 8 9 10 11 12"),
    "th": (
        "{day} {month}",
        "มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม",
    ),
    "ar": ("{day} {month}", "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر"),
    "ar_digits": ("{day} {month}", "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر"),
}
_MONTHS = {name: [month.replace("_", " ") for month in months.split()] for name, (_, months) in _FORMS.items()}
_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")

LANGUAGES = tuple(_FORMS)


def label(day: date, language: str) -> str:
    """The day as an export in this language writes it: `March 3`, `8 de marzo`, `9月13日`."""
    form, _ = _FORMS[language]
    text = form.format(day=day.day, month=_MONTHS[language][day.month - 1])
    return text.translate(_ARABIC_DIGITS) if language == "ar_digits" else text
