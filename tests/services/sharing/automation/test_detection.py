"""Which views are automated, by user agents as they are really sent."""

# ruff: noqa: E501  # user agents are long

from typing import Final

import pytest

from auth.client_info import ClientInfo
from services.sharing.automation.detection import is_automated

_PEOPLE: Final = """\
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36
Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15
Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0
Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0
Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0
Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36
Mozilla/5.0 (Linux; Android 10; CUBOT_X18_Plus) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21F90 Instagram 334.0.4.32.98 (iPhone14,5; iOS 17_5; en_GB; en-GB; scale=3.00; 1170x2532; 605596538)
Mozilla/5.0 (Linux; Android 13; SM-A536B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/467.0.0.46.103;]
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/467.0.0.41.106;FBBV/605596538;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/17.5;FBSS/3;FBID/phone;FBLC/en_GB;FBOP/5]
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 LinkedInApp/9.30.1234
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Twitter for iPhone/10.40
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Snapchat/12.90.0.46 (like Safari/8618.2.12.10.9, panda)
Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Slack/4.41.97 Chrome/130.0.6723.44 Electron/33.0.1 Safari/537.36 Sonic Slack_SSB/4.41.97
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Teams/1.7.00.8651 Chrome/114.0.5735.134 Electron/25.2.0 Safari/537.36
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0 Teams/24295.605.3225.8804/49
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Mattermost/5.9.0 Chrome/126.0.6478.127 Electron/31.2.1 Safari/537.36
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Outlook-iOS/2.0
Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0.6778.39 Mobile Safari/537.36 WhatsApp/2.24.23.78
Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36 Viber/22.8.0.0
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/340.3.695 Mobile/15E148 Safari/604.1
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 OPR/116.0.0.0
Mozilla/5.0 (Linux; U; Android 13; en-us; Redmi Note 12) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/112.0.5615.136 Mobile Safari/537.36 XiaoMi/MiuiBrowser/14.8.0-gn
Mozilla/5.0 (Linux; Android 12; LE2121 Build/RKQ1; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/107.0 Mobile Safari/537.36 Line/13.21.0/IAB
Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.53(0x18003531) NetType/WIFI Language/en
Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Vivaldi/7.0
Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)
Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko
Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [Pinterest/iOS]
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 DuckDuckGo/7 Safari/605.1.15
Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile DuckDuckGo/5 Safari/537.36
Mozilla/5.0 (Linux; Android 13; Pixel; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/120 Mobile Safari/537.36 trill_310503 BytedanceWebview/d8a21c6 musical_ly
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) discord/1.0.9168 Chrome/128.0.6613.186 Electron/32.2.2 Safari/537.36
Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36
Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0
Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 (zscaler)
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Check Point
Mozilla/5.0 (Linux; Android 13; Spider X Build/TP1A.220624.014) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36
Mozilla/5.0 (compatible; Konqueror/4.5; Linux) KHTML/4.5.4 (like Gecko)
Lynx/2.8.9rel.1 libwww-FM/2.14 SSL-MM/1.4.1 OpenSSL/3.0.14
Links (2.28; Linux 6.1 x86_64; GNU C 12.2; text)
ELinks/0.13.2 (textmode; Linux; 80x24-2)
w3m/0.5.3+git20230121
Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.18""".splitlines()
"""Browsers, and windows of apps such as Slack, Teams, Mattermost and Outlook."""

_BOTS: Final = """\
Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)
Slackbot 1.0 (+https://api.slack.com/robots)
Slack-ImgProxy (+https://api.slack.com/robots)
WhatsApp/2.23.20.0 A
WhatsApp/2
TelegramBot (like TwitterBot)
Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)
facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)
Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0
LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)
Twitterbot/1.0
Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0; MicrosoftPreview/2.0 +https://aka.ms/MicrosoftPreview
Mozilla/5.0 (compatible; MicrosoftPreview/2.0; +https://aka.ms/MicrosoftPreview)
Mozilla/4.0 (compatible; ms-office; MSOffice 16)
Microsoft Office Word 2014
Microsoft Office Existence Discovery
Outlook-iOS/709.2226530.prod.iphone (3.24.0)
Outlook-Android/2.0
Viber/22.8.0.0
Mozilla/5.0 (compatible; Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots)
Mattermost-Bot/1.1
Mozilla/5.0 SafeLinks
Proofpoint URL Defense
Mimecast URL scanner
Barracuda Sentinel (EE)
Expanse, a Palo Alto Networks company, searches across the global IPv4 space
Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)
YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html
Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)
Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36
curl/8.5.0
Wget/1.21.4
python-requests/2.32.3
python-httpx/0.28.1
Go-http-client/2.0
okhttp/4.12.0
node-fetch/1.0 (+https://github.com/bitinn/node-fetch)
node
undici
axios/1.7.7
Java/17.0.9
Apache-HttpClient/4.5.14 (Java/17.0.9)
PostmanRuntime/7.42.0
Iframely/1.3.1 (+https://iframely.com/docs/about)
Mozilla/5.0 (compatible; Embedly/0.2; +http://support.embed.ly/)
Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)
Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131 Mobile Safari/537.36 (compatible; Google-Safety; +http://www.google.com/bot.html)
Google-PageRenderer Google (+https://developers.google.com/+/web/snippet/)
BingPreview/1.0b
redditbot/1.0
Google-Safety
Mozilla/5.0 (compatible; FortiGuard)
Mozilla/5.0""".splitlines()
"""Link previews, scanners, crawlers, and HTTP libraries."""

_NO_BROWSERS: Final = """\
Rocket.Chat/6.0.0
Atlassian HttpClient0.23.0
Trello/1.0 (+http://trello.com)
com.apple.WebKit.Networking/8618.2.12.10.9 CFNetwork/1568.200.51 Darwin/24.1.0
LinkPresentation/1.0 CFNetwork/1408 Darwin/22.5.0
Dalvik/2.1.0 (Linux; U; Android 13; Pixel 7 Build/TQ3A.230805.001)
Microsoft-CryptoAPI/10.0
Zscaler
Cloudmark
FireEye""".splitlines()
"""Programs that nobody has listed, but whose user agents begin as no browser's does."""

_LIBRARIES: Final = """\
node
undici
node-fetch/1.0 (+https://github.com/bitinn/node-fetch)
axios/1.7.7
got (https://github.com/sindresorhus/got)
needle/3.2.0 (Node.js v18.0.0; linux x64)
python-requests/2.32.3
python-httpx/0.28.1
Python/3.11 aiohttp/3.9.1
okhttp/4.12.0
Java/17.0.9
Java-http-client/17.0.9
Apache-HttpClient/4.5.14 (Java/17.0.9)
Apache-HttpAsyncClient/4.1.4 (Java/11)
ReactorNetty/1.1.22
Jersey/2.35 (HttpUrlConnection 11.0.2)
akka-http/10.2.10
Go-http-client/2.0
go-resty/2.10.0 (https://github.com/go-resty/resty)
fasthttp
GuzzleHttp/7
GuzzleHttp/6.5.5 curl/7.58.0 PHP/7.2.24
Symfony HttpClient (Curl)
Symfony HttpClient/Curl
Zend_Http_Client
Zend\\Http\\Client
WordPress/6.4; https://shop.example
rest-client/2.1.0 (linux-gnu x86_64) ruby/2.7.0p0
HTTPClient/1.0 (2.8.3, ruby 2.7.0)
http.rb/5.1.1
Faraday v2.7.0
Typhoeus - https://github.com/typhoeus/typhoeus
hackney/1.18.1
libwww-perl/6.67
reqwest/0.12
ureq/2.9
RestSharp/106.15.0.0
Dart/3.1 (dart:io)
PostmanRuntime/7.42.0
HTTPie/3.2.2
curl/8.5.0
Wget/1.21.4
acme-http-client/3.2
AcmeBilling.Frontend/2.0
Unheard-Of/1""".splitlines()
"""HTTP libraries with which front ends call `recordView`."""


@pytest.mark.parametrize("user_agent", _PEOPLE)
def test_a_view_in_a_browser_counts(user_agent: str) -> None:
    assert not is_automated(ClientInfo("203.0.113.9", user_agent))


@pytest.mark.parametrize("user_agent", [*_BOTS, *_NO_BROWSERS, "", " "])
def test_an_automated_view_does_not_count(user_agent: str) -> None:
    assert is_automated(ClientInfo("203.0.113.9", user_agent))


@pytest.mark.parametrize(
    "purpose", ["prefetch", "prefetch;prerender", "prefetch;anonymous-client-ip", "preview"]
)
def test_prefetching_does_not_count(purpose: str) -> None:
    assert is_automated(ClientInfo("203.0.113.9", _PEOPLE[0], purpose=purpose))
    assert is_automated(
        ClientInfo("203.0.113.9", _PEOPLE[0], purpose=purpose), reported_by_client=True
    )


@pytest.mark.parametrize(
    ("destination", "automated"),
    [("", False), ("document", False), ("image", True), ("empty", True), ("iframe", True)],
)
def test_what_a_browser_wants_for_something_else_than_a_page_does_not_count(
    destination: str, automated: bool
) -> None:
    client = ClientInfo("203.0.113.9", _PEOPLE[0], destination=destination)
    assert is_automated(client) == automated
    assert not is_automated(client, reported_by_client=True)


def test_a_head_request_does_not_count() -> None:
    assert is_automated(ClientInfo("203.0.113.9", _PEOPLE[0], method="HEAD"))


@pytest.mark.parametrize("library", _LIBRARIES)
def test_a_view_reported_through_a_library_counts(library: str) -> None:
    assert not is_automated(ClientInfo("203.0.113.9", library), reported_by_client=True)


@pytest.mark.parametrize("user_agent", _LIBRARIES[:-2])
def test_a_page_requested_by_a_library_does_not_count(user_agent: str) -> None:
    assert is_automated(ClientInfo("203.0.113.9", user_agent))


@pytest.mark.parametrize(
    "user_agent",
    [*(name for name in _BOTS if name not in _LIBRARIES), "", " ", "python-telegram-bot/20"],
)
def test_a_view_reported_by_a_bot_does_not_count(user_agent: str) -> None:
    assert is_automated(ClientInfo("203.0.113.9", user_agent), reported_by_client=True)


@pytest.mark.parametrize("user_agent", _PEOPLE)
def test_a_view_reported_with_the_user_agent_of_a_browser_counts(user_agent: str) -> None:
    assert not is_automated(ClientInfo("203.0.113.9", user_agent), reported_by_client=True)
