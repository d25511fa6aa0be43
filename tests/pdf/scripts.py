"""A few words in the scripts that languages are written in today."""

from typing import Final

LEFT_TO_RIGHT: Final = {
    "Latin": "Żółć, một hàng",
    "Greek": "Υπηρεσίες Ἀθηνῶν",
    "Cyrillic": "Съёмка Ґанок",
    "Armenian": "Հայերեն ծառայություն",
    "Georgian": "ქართული მომსახურება",
    "Ethiopic": "የአማርኛ ቋንቋ፡አገልግሎት",
    "Devanagari": "क्षितिज किताब श्री",
    "Bengali": "বাংলা পরামর্শ ক্ষো",
    "Gurmukhi": "ਪੰਜਾਬੀ ਸਲਾਹ ਸ੍ਰੀ",
    "Gujarati": "ગુજરાતી સલાહ ક્ષિ",
    "Odia": "ଓଡ଼ିଆ ପରାମର୍ଶ କ୍ଷୋ",
    "Tamil": "தமிழ் ஆலோசனை கோ",
    "Telugu": "తెలుగు సలహా క్షే",
    "Kannada": "ಕನ್ನಡ ಸಲಹೆ ಕ್ಷೇ",
    "Malayalam": "മലയാളം ക്ഷോ ന്റെ",
    "Sinhala": "සිංහල උපදේශන ශ්‍රී",
    "Thai": "บริการให้คำปรึกษา น้ำใจ",
    "Lao": "ບໍລິການໃຫ້ຄຳປຶກສາ",
    "Khmer": "សេវាកម្មប្រឹក្សា ស្រ្តី",
    "Burmese": "မြန်မာစာ ကြိုးစား အကြံပေး",
    "Tibetan": "བོད་ཡིག་ཞབས་ཞུ། བཀྲ་ཤིས་བདེ་ལེགས།",
    "Mongolian": "ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ",
    "Tifinagh": "ⵜⴰⵎⴰⵣⵉⵖⵜ ⵜⴰⵏⴰⵎⵓⵔⵜ",
    "Canadian syllabics": "ᐃᓄᒃᑎᑐᑦ ᓄᓇᕗᑦ",
    "Cherokee": "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ",
    "Ol Chiki": "ᱥᱟᱱᱛᱟᱲᱤ ᱯᱟᱹᱨᱥᱤ",
    "Meetei Mayek": "ꯃꯤꯇꯩ ꯂꯣꯟ ꯃꯌꯦꯛ",
    "Lisu": "ꓡꓲ ꓢꓴ ꓫꓵꓽ",
    "Yi": "ꆈꌠꁱꂷ ꉌꄿ",
    "Chinese": "設計服務 设计服务 ㄅㄆㄇ",
    "Japanese": "デザイン料 さくら",
    "Korean": "디자인 서비스",
}
RIGHT_TO_LEFT: Final = {
    "Arabic": "استشارات شكراً شاملًا",
    "Persian": "خدمات مشاوره‌ای",
    "Urdu": "اُردو مشاورت کی خدمت",
    "Hebrew": "שירותי ייעוץ בע״מ",
    "Yiddish": "ייִדיש אַ גוטן טאָג",
    "Thaana": "ދިވެހިރާއްޖޭގެ ޚިދުމަތް ދިވެހި",
    "Syriac": "ܠܫܢܐ ܣܘܪܝܝܐ ܫܠܵܡܵܐ ܥܠܲܝܟܘܿܢ",
}
UNREADABLE: Final = {"Adlam": "𞤆𞤵𞤤𞤢𞤪 𞤢𞤣𞤤𞤢𞤥"}
"""Written from right to left, which readers don't know yet."""
