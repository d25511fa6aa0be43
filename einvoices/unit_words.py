"""The codes of units that businesses type as words, in the languages of the portal.

A false code is worse than none. So words are left out that mean other units in other places:
"ton", "gallon" and "Pfund", "ml" and "mb", which are also running metres in Italy and Poland, and
"キロ", which is as often a kilogram as a kilometre.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from einvoices.unit_codes import UNIT_CODES

ONE: Final = "C62"
"""The unit of what is counted, whatever it is."""
_ENDING: Final = re.compile(r"(?<=\w)\([a-z]{1,3}\)")
# H18 is a square hectometre, which is a hectare: EN 16931's list doesn't have HAR.
_WORDS: Final = {
    ONE: (
        "unit, units, einheit, einheiten, unité, unités, unidad, unidades, unidade, unità, "
        "eenheid, eenheden, jednotka, jednotky, jednotek, jednostka, jednostki, jednostek, "
        "وحدة, وحدات"
    ),
    "EA": "each, ea, per piece",
    "H87": (
        "piece, pieces, pc, pcs, pce, pces, stück, stücke, stk, st, pièce, pièces, pieza, "
        "piezas, pza, pzas, ud, uds, peça, peças, pç, pçs, un, pezzo, pezzi, pz, stuk, stuks, "
        "kus, kusy, kusů, ks, sztuka, sztuki, sztuk, szt, 個, 个, 件, قطعة, قطع"
    ),
    "LS": (
        "flat, flat rate, flat rates, flat fee, flat fees, fixed fee, lump sum, lump sums, "
        "pauschal, pauschale, pauschalen, psch, pausch, forfait, forfaits, forfaitaire, "
        "tanto alzado, importe fijo, tarifa fija, tarifas fijas, precio fijo, valor fixo, "
        "valores fixos, valor global, preço fixo, a corpo, forfettario, vast bedrag, "
        "vaste bedragen, vaste prijs, paušál, paušály, paušálů, ryczałt, ryczałty, ryczałtów, "
        "式, 一式, 项(包干), 項(包幹), مبلغ مقطوع, مبالغ مقطوعة"
    ),
    "HUR": (
        "h, H, hr, hrs, hour, hours, std, stdn, stunde, stunden, heure, heures, hora, horas, ora, "
        "ore, uur, uren, hod, hodina, hodiny, hodin, godz, godzina, godziny, godzin, 時間, "
        "小时, 小時, ساعة, ساعات, ساعتان"
    ),
    "LH": (
        "labour hour, labour hours, labor hour, labor hours, man-hour, man-hours, "
        "arbeitsstunde, arbeitsstunden, rbh, roboczogodzina, roboczogodziny, roboczogodzin"
    ),
    "DAY": (
        "d, day, days, tag, tage, tagen, jour, jours, día, días, dia, dias, giorno, giorni, "
        "gg, dag, dagen, den, dny, dnů, dne, dzień, dni, dnia, 日, 天, يوم, أيام, يومان"
    ),
    "E49": "working day, working days, business day, business days, arbeitstag, arbeitstage",
    "WEE": (
        "week, weeks, wk, wks, woche, wochen, semaine, semaines, semana, semanas, settimana, "
        "settimane, weken, týden, týdny, týdnů, týdne, tydzień, tygodnie, tygodni, tygodnia, "
        "週, 週間, 周, أسبوع, أسابيع, أسبوعان"
    ),
    "MON": (
        "month, months, mth, mths, mon, monat, monate, monaten, mois, mes, meses, mês, mese, "
        "mesi, maand, maanden, mnd, měsíc, měsíce, měsíců, miesiąc, miesiące, miesięcy, "
        "miesiąca, mies, 月, か月, ヶ月, ヵ月, カ月, 个月, 個月, شهر, أشهر, شهور, شهران"
    ),
    "QAN": (
        "quarter, quarters, quartal, quartale, quartalen, trimestre, trimestres, trimestri, "
        "kwartaal, kwartalen, čtvrtletí, kwartał, kwartały, kwartałów, kwartału, 四半期, 季度, "
        "季, ربع سنوي, أرباع سنوية"
    ),
    "ANN": (
        "year, years, yr, yrs, jahr, jahre, jahren, an, ans, année, années, año, años, ano, "
        "anos, anno, anni, jaar, rok, roky, roku, lata, lat, let, 年, 年間, سنة, سنوات, سنتان"
    ),
    "MIN": (
        "min, mins, minute, minutes, minuten, minuto, minutos, minuti, minuut, minuta, minuty, "
        "minut, 分, 分钟, 分鐘, دقيقة, دقائق, دقيقتان"
    ),
    "SEC": (
        "s, sec, secs, second, seconds, sek, sekunde, sekunden, seconde, secondes, segundo, "
        "segundos, secondo, secondi, seconden, sekunda, sekundy, sekund, 秒, 秒钟, 秒鐘, "
        "ثانية, ثوان, ثانيتان"
    ),
    "MMT": (
        "mm, millimeter, millimeters, millimetre, millimetres, millimètre, millimètres, "
        "milímetro, milímetros, millimetro, millimetri, milimetr, milimetry, milimetrów, "
        "milimetrů, ミリメートル, 毫米, مم"
    ),
    "CMT": (
        "cm, centimeter, centimeters, centimetre, centimetres, zentimeter, centimètre, "
        "centimètres, centímetro, centímetros, centimetro, centimetri, centimetr, centymetr, "
        "centymetry, centymetrów, سم, centimetry, センチメートル, 厘米, 公分"
    ),
    "MTR": (
        "m, mtr, meter, meters, metern, metre, metres, mètre, mètres, metro, metros, metri, "
        "metr, metry, metrów, metrů, メートル, 米, 公尺, متر, أمتار"
    ),
    "LM": (
        "lm, lfm, lfd m, lfdm, laufmeter, laufender meter, laufende meter, running meter, "
        "running metre, linear meter, linear metre, linear meters, linear metres, "
        "mètre linéaire, mètres linéaires, metro lineal, metros lineales, metro linear, "
        "metros lineares, metro lineare, metri lineari, strekkende meter, bm, běžný metr, "
        "běžných metrů, metr bieżący, metry bieżące"
    ),
    "KMT": (
        "km, kms, kilometer, kilometers, kilometern, kilometre, kilometres, kilomètre, "
        "kilomètres, kilómetro, kilómetros, quilômetro, quilômetros, quilómetro, quilómetros, "
        "chilometro, chilometri, kilometr, kilometry, kilometrů, kilometrów, キロメートル, "
        "公里, كم, كيلومتر, كيلومترات"
    ),
    "INH": (
        "inch, inches, zoll, pulgada, pulgadas, polegada, polegadas, pollice, pollici, インチ, 英寸"
    ),
    "FOT": "foot, feet, ft, フィート, 英尺",
    "YRD": "yard, yards, yd, yds",
    "SMI": (
        "mile, miles, meile, meilen, milla, millas, milha, milhas, miglio, miglia, mijl, "
        "マイル, 英里"
    ),
    "MTK": (
        "m2, qm, sqm, sq m, mq, square meter, square meters, square metre, square metres, "
        "quadratmeter, quadratmetern, mètre carré, mètres carrés, metro cuadrado, "
        "metros cuadrados, metro quadrado, metros quadrados, metro quadrato, metri quadrati, "
        "metro quadro, metri quadri, vierkante meter, metr čtvereční, metry čtvereční, "
        "metrů čtverečních, metr kwadratowy, metry kwadratowe, metrów kwadratowych, "
        "平方メートル, 平米, 平方米, 平方公尺, م2, متر مربع"
    ),
    "KMK": (
        "km2, square kilometer, square kilometers, square kilometre, square kilometres, "
        "quadratkilometer, kilomètre carré, kilomètres carrés, quilômetros quadrados, "
        "chilometri quadrati, kilómetros cuadrados, 平方公里"
    ),
    "FTK": "ft2, sq ft, sqft, square foot, square feet, 平方英尺",
    "H18": (
        "ha, hectare, hectares, hektar, hektare, hectárea, hectáreas, ettaro, ettari, hektary, "
        "hektarů, hektarów, ヘクタール, 公顷, 公頃, هكتار, har"
    ),
    "ACR": "acre, acres",
    "MLT": (
        "milliliter, milliliters, millilitre, millilitres, mililitro, mililitros, millilitro, "
        "millilitri, mililitr, mililitry, mililitrů, mililitrów, ミリリットル, 毫升"
    ),
    "CLT": (
        "cl, centiliter, centilitre, centilitres, zentiliter, centilitro, centilitros, "
        "centilitri, centiliters"
    ),
    "LTR": (
        "l, L, ltr, liter, liters, litern, litre, litres, litro, litros, litri, litr, litry, "
        "litrů, litrów, リットル, 升, 公升, لتر"
    ),
    "HLT": (
        "hl, hectoliter, hectolitre, hectolitres, hektoliter, hectolitro, hectolitros, "
        "ettolitro, ettolitri, hektolitr, hektolitrů, hektolitrów, hectoliters"
    ),
    "MTQ": (
        "m3, cbm, cubic meter, cubic meters, cubic metre, cubic metres, kubikmeter, "
        "mètre cube, mètres cubes, metro cúbico, metros cúbicos, metro cubo, metri cubi, "
        "kubieke meter, metr krychlový, metrů krychlových, metr sześcienny, metry sześcienne, "
        "metrów sześciennych, 立方メートル, 立方米, 立方公尺, م3, متر مكعب, metry krychlové"
    ),
    "MGM": (
        "mg, milligram, milligrams, milligramm, milligramme, milligrammes, miligramo, "
        "miligramos, milligrammi, miligramas, ミリグラム, 毫克"
    ),
    "GRM": (
        "g, gr, gram, grams, gramm, gramme, grammes, gramo, gramos, grama, gramas, grammo, "
        "grammi, gramy, gramů, gramów, グラム, 克, غرام, جرام"
    ),
    "KGM": (
        "kg, kgs, kilo, kilos, kilogram, kilograms, kilogramm, kilogramme, kilogrammes, "
        "kilogramo, kilogramos, quilo, quilos, quilograma, quilogramas, chilo, chili, "
        "chilogrammo, chilogrammi, kilogramy, kilogramů, kilogramów, キログラム, 公斤, 千克, "
        "كغم, كجم, كيلوغرام, كيلوجرام"
    ),
    "TNE": (
        "t, to, tonne, tonnes, tonnen, metric ton, metric tons, tonelada, toneladas, "
        "tonnellata, tonnellate, tuna, tuny, tona, tony, トン, 公吨, 公噸, 吨, "
        "toneladas métricas, tonnellate metriche, metrische ton"
    ),
    "LBR": "lb, lbs, pound, pounds",
    "ONZ": "oz, ounce, ounces, onza, onzas, unzen, unze",
    "WTT": "watt, watts, vatios",
    "KWT": "kw, kilowatt, kilowatts, kilowaty, quilowatts, kilovatios, キロワット, 千瓦",
    "KWH": (
        "kwh, kilowatt hour, kilowatt hours, kilowatt-hour, kilowatt-hours, kilowattstunde, "
        "kilowattstunden, kilowatt-heure, kilowatt-heures, kilowattuur, kilowatthodina, "
        "kilowatthodin, kilowatogodzina, kilowatogodzin, キロワット時, 千瓦时, 千瓦時, "
        "kilowatthodiny, kilowatogodziny, kilovatios hora, quilowatts-hora, chilowattora"
    ),
    "MWH": "mwh, megawatt hour, megawatt hours, megawattstunde, megawattstunden",
    "4L": "megabyte, megabytes, mégaoctet, mégaoctets, megabajty",
    "E34": "gb, gigabyte, gigabytes, gigaoctet, gigaoctets, gigabajty",
    "D68": (
        "word, words, wort, wörter, mot, mots, palabra, palabras, palavra, palavras, parola, "
        "parole, woord, woorden, slovo, slova, slov, słowo, słowa, słów"
    ),
    "ZP": (
        "page, pages, seite, seiten, página, páginas, pagina, pagine, strana, strany, stran, "
        "strona, strony, stron, ページ"
    ),
    "P1": "%, percent, prozent",
    "SET": (
        "set, sets, juego, juegos, conjunto, conjuntos, sada, sady, kpl, komplet, komplety, "
        "kompletów, セット, 套, طقم, أطقم"
    ),
    "PR": (
        "pair, pairs, paar, paare, paire, paires, par, pares, paio, paia, pár, páry, párů, "
        "para, pary, زوج, أزواج, 双, 雙"
    ),
    "XPK": (
        "package, packages, pack, packs, paket, pakete, packung, packungen, paquet, paquets, "
        "paquete, paquetes, pacote, pacotes, confezione, confezioni, pakket, pakketten, "
        "balení, opakowanie, opakowania, opakowań, パック, 包, عبوة, عبوات"
    ),
    "XBX": (
        "box, boxes, boîte, boîtes, caja, cajas, caixa, caixas, scatola, scatole, doos, "
        "krabice, krabic, 箱, صندوق, صناديق"
    ),
    "XCT": "carton, cartons, karton, kartons, kartony, kartonów, カートン",
    "XBO": (
        "bottle, bottles, flasche, flaschen, bouteille, bouteilles, botella, botellas, "
        "garrafa, garrafas, bottiglia, bottiglie, fles, flessen, láhev, lahve, láhve, lahví, "
        "butelka, butelki, butelek, 瓶, زجاجة, زجاجات"
    ),
    "XPX": (
        "pallet, pallets, palette, paletten, palettes, palet, palets, palé, palés, palete, "
        "paletes, paleta, palety, パレット, 托盘, 棧板, منصة, منصات"
    ),
}


def _normalized(word: str) -> str:
    """Return a word as it is in the table, however it is written: "Std.", "Stunde(n)", "m²".

    Single letters are symbols, whose case matters: "M" are rather months than metres.
    """
    text = " ".join(unicodedata.normalize("NFKC", word).replace(".", " ").split())
    return _ENDING.sub("", text.casefold()) if len(text) > 1 else text


def _codes() -> Iterator[tuple[str, str]]:
    for code, words in _WORDS.items():
        for word in words.split(", "):
            yield _normalized(word), code


_CODES: Final = dict(_codes())


def unit_code(unit: str) -> str | None:
    """Return the code of a unit that is a code itself or a common word; None for other words.

    Words come first: "STK" and "GB" are pieces and gigabytes, and not sticks and gallons per day.
    """
    return _CODES.get(_normalized(unit)) or (unit if unit in UNIT_CODES else None)
