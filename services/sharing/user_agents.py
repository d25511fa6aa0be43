"""User agents that `crawlerdetect` doesn't know, or takes for something else.

Patterns are regular expressions, and the case of letters doesn't matter.
"""

# ruff: noqa: E501  # user agents are long

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class UserAgentPattern:
    """A part of a user agent, who sends it, and a user agent that has it."""

    pattern: str
    sender: str
    example: str


BOTS: Final = (
    # Apps and mail programs that fetch a link by themselves
    UserAgentPattern(
        pattern=r"^whatsapp\b", sender="WhatsApp, link preview", example="WhatsApp/2.23.20.0 A"
    ),
    UserAgentPattern(pattern=r"^viber\b", sender="Viber, link preview", example="Viber/22.8.0.0"),
    UserAgentPattern(
        pattern=r"^outlook-(?:ios|android)\b",
        sender="Outlook on phones, link preview",
        example="Outlook-Android/2.0",
    ),
    UserAgentPattern(
        pattern=r"^microsoft office\b",
        sender="Office, following a link",
        example="Microsoft Office Word 2014",
    ),
    UserAgentPattern(
        pattern=r"ms-?office",
        sender="Office, following a link",
        example="Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
    ),
    UserAgentPattern(
        pattern=r"microsoftpreview",
        sender="Microsoft, link preview: https://aka.ms/MicrosoftPreview",
        example="Mozilla/5.0 (compatible; MicrosoftPreview/2.0; +https://aka.ms/MicrosoftPreview)",
    ),
    UserAgentPattern(
        pattern=r"skypeuripreview",
        sender="Skype and Teams, link preview",
        example="Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    ),
    UserAgentPattern(
        pattern=r"iframely",
        sender="Iframely, link preview: https://iframely.com/docs/about",
        example="Iframely/1.3.1 (+https://iframely.com/docs/about)",
    ),
    UserAgentPattern(
        pattern=r"embedly",
        sender="Embedly, link preview: http://support.embed.ly/",
        example="Mozilla/5.0 (compatible; Embedly/0.2; +http://support.embed.ly/)",
    ),
    UserAgentPattern(
        pattern=r"linkpreview", sender="link previews of several apps", example="LinkPreview/1.0"
    ),
    # Image proxies of mail providers
    UserAgentPattern(
        pattern=r"ggpht\.com|googleimageproxy",
        sender="Gmail, image proxy",
        example="Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    ),
    UserAgentPattern(
        pattern=r"yahoomailproxy",
        sender="Yahoo Mail, image proxy",
        example="YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    ),
    # Mail gateways that check links before delivery
    UserAgentPattern(
        pattern=r"safelinks",
        sender="Microsoft Defender Safe Links",
        example="Mozilla/5.0 SafeLinks",
    ),
    UserAgentPattern(
        pattern=r"proofpoint", sender="Proofpoint URL Defense", example="Proofpoint URL Defense"
    ),
    UserAgentPattern(
        pattern=r"mimecast", sender="Mimecast URL Protection", example="Mimecast URL scanner"
    ),
    UserAgentPattern(
        pattern=r"barracuda", sender="Barracuda Sentinel", example="Barracuda Sentinel (EE)"
    ),
    UserAgentPattern(pattern=r"cloudmark", sender="Cloudmark", example="Cloudmark"),
    UserAgentPattern(pattern=r"ironport", sender="Cisco IronPort", example="Cisco IronPort"),
    UserAgentPattern(pattern=r"fireeye", sender="FireEye Email Security", example="FireEye"),
    UserAgentPattern(
        pattern=r"trendmicro", sender="Trend Micro Email Security", example="TrendMicro"
    ),
    UserAgentPattern(pattern=r"sophos", sender="Sophos Email", example="Sophos Time-of-Click"),
    UserAgentPattern(
        pattern=r"forcepoint", sender="Forcepoint Email Security", example="Forcepoint URL check"
    ),
    UserAgentPattern(
        pattern=r"symantec|messagelabs",
        sender="Symantec Email Security",
        example="Symantec Click-time",
    ),
    UserAgentPattern(pattern=r"zscaler", sender="Zscaler", example="Zscaler"),
    UserAgentPattern(
        pattern=r"palo ?alto",
        sender="Palo Alto Networks",
        example="Expanse, a Palo Alto Networks company, searches across the global IPv4 space",
    ),
    UserAgentPattern(
        pattern=r"check ?point",
        sender="Check Point Harmony Email",
        example="Check Point URL protection",
    ),
    # No browser of a person
    UserAgentPattern(
        pattern=r"headlesschrome",
        sender="Chrome without a window",
        example="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
        " HeadlessChrome/131.0.0.0 Safari/537.36",
    ),
    UserAgentPattern(
        pattern=r"^mozilla/[\d.]+$", sender="a program that hides its name", example="Mozilla/5.0"
    ),
)

APP_WINDOWS: Final = (
    # Apps whose own windows are browsers: they add their name to a browser's user agent. When they
    # fetch a link by themselves, they send only their name, or another one such as Slackbot.
    # crawlerdetect takes the windows for bots.
    UserAgentPattern(
        pattern=r"\bslack(?:_ssb)?/[\w.]+",
        sender="Slack",
        example="Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)"
        " Slack/4.41.97 Chrome/130.0.6723.44 Electron/33.0.1 Safari/537.36 Sonic Slack_SSB/4.41.97",
    ),
    UserAgentPattern(
        pattern=r"\bmattermost/[\w.]+",
        sender="Mattermost",
        example="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Mattermost/5.9.0"
        " Chrome/126.0.6478.127 Electron/31.2.1 Safari/537.36",
    ),
    UserAgentPattern(
        pattern=r"\boutlook-(?:ios|android)/[\w.]+",
        sender="Outlook on phones",
        example="Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"
        " (KHTML, like Gecko) Mobile/15E148 Outlook-iOS/2.0",
    ),
    UserAgentPattern(
        pattern=r"\bwhatsapp/[\w.]+",
        sender="WhatsApp",
        example="Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko)"
        " Version/4.0 Chrome/131.0.6778.39 Mobile Safari/537.36 WhatsApp/2.24.23.78",
    ),
)

LIBRARY_WORDS: Final[Mapping[str, str]] = {
    # Words in the names of HTTP libraries, and examples of such names
    "http": "okhttp, Go-http-client, Apache-HttpClient, python-httpx, GuzzleHttp",
    "curl": "curl, PycURL",
    "wget": "Wget",
    "urllib": "Python-urllib",
    "libwww": "libwww-perl",
    "lwp": "LWP::Simple, lwp-request",
    "client": "rest-client, Zend_Http_Client",
    "request": "python-requests",
    "fetch(?!er|or)": "node-fetch; but a fetcher is a crawler",
    "superagent": "node-superagent",
}
LIBRARY_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    # Other HTTP libraries, and runtimes that send their own name, by platform
    "Python": ("python", "mechanize"),
    "JVM": ("java", "reactornetty", "jersey", "jetty", "ahc", "dispatch", "unirest"),
    "JavaScript": ("node", "undici", "axios", "got", "ky", "needle", "deno", "bun"),
    "Ruby": ("ruby", "faraday", "typhoeus"),
    "PHP": (
        "php", "guzzle", "symfony", "browserkit", "cakephp", "drupal", "wordpress", "snoopy",
    ),
    "Perl": ("perl", "mojolicious"),
    "Rust": ("hyper", "reqwest", "ureq", "isahc"),
    ".NET": ("restsharp",),
    "Go": ("resty",),
    "Erlang": ("hackney",),
    "Dart": ("dart",),
    "Swift": ("swift",),
    "tools": ("postman(?:runtime)?", "insomnia"),
}  # fmt: skip
