#include "download.h"

#ifndef NST_HAVE_CURL

bool download_possible(void)
{
    return false;
}

int download(const char *url, const char *path, int64_t most, bool quiet)
{
    (void)path;
    (void)most;
    (void)quiet;
    return complain(EXIT_SYSTEM, "%s: this nst was built without libcurl: fetch it otherwise and give it with --file",
                    url);
}

#else

#include "progress.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { TRIES = 5, PATIENCE = 60 /* seconds without a byte */, TO_CONNECT = 30 };
#define PAUSE 15 /* seconds between two lines where there is no terminal */

bool download_possible(void)
{
    return true;
}

typedef struct transfer {
    CURL *curl;
    FILE *file;
    int write_error;   /* errno */
    curl_off_t offset; /* bytes that were there before */
    curl_off_t have;   /* bytes that are there now */
    curl_off_t most;
    bool too_large;
    long redirects;
    bool quiet;
    double shown;
} transfer;

static size_t take_bytes(char *bytes, size_t size, size_t count, void *user)
{
    transfer *t = user;
    t->have += (curl_off_t)(size * count);
    t->too_large = t->have > t->most;
    if (t->too_large) return 0;
    const size_t taken = fwrite(bytes, size, count, t->file);
    if (taken != count) t->write_error = errno;
    return taken * size;
}

static int show(void *user, curl_off_t total, curl_off_t done, curl_off_t upload_total, curl_off_t upload_done)
{
    transfer *t = user;
    char after[128];
    const bool terminal = isatty(STDERR_FILENO) == 1;
    (void)upload_total;
    (void)upload_done;
    if (t->quiet || total <= 0 || now() < t->shown + (terminal ? 0.1 : PAUSE)) return 0;
    t->shown = now();
    const double have = (double)(t->offset + done), all = (double)(t->offset + total);
    snprintf(after, sizeof after, "%.1f of %.1f MB", have / 1e6, all / 1e6);
    if (terminal)
        progress_bar("fetching", have / all, after);
    else
        fprintf(stderr, "fetching: %s\n", after);
    return 0;
}

static bool is_https(const char *url)
{
    return strncasecmp(url, "https:", 6) == 0;
}

static void set_options(transfer *t, const char *url, char *message)
{
    CURL *curl = t->curl;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, is_https(url) ? "https" : "http,https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS, (long)(CURLPROTO_HTTPS | (is_https(url) ? 0 : CURLPROTO_HTTP)));
#endif
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, t->most); /* what the server announces */
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)TO_CONNECT);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)PATIENCE);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, show);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, t);
    curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, t->offset);
}

/* One transfer, from where the file ends. */
static CURLcode attempt(transfer *t, const char *url, const char *path, char *message, long *answer)
{
    CURLcode result = CURLE_WRITE_ERROR;
    *message = '\0';
    *answer = 0;
    t->write_error = 0;
    t->too_large = false;
    t->file = fopen(path, "abe");
    if (!t->file || fseeko(t->file, 0, SEEK_END) != 0)
        t->write_error = errno;
    else {
        t->offset = t->have = (curl_off_t)ftello(t->file);
        set_options(t, url, message);
        result = curl_easy_perform(t->curl);
        t->too_large = t->too_large || result == CURLE_FILESIZE_EXCEEDED;
        curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, answer);
        curl_easy_getinfo(t->curl, CURLINFO_REDIRECT_COUNT, &t->redirects);
        if (!*message) snprintf(message, CURL_ERROR_SIZE, "%s", curl_easy_strerror(result));
    }
    if (t->file && fclose(t->file) != 0 && !t->write_error) {
        t->write_error = errno;
        result = CURLE_WRITE_ERROR;
    }
    return result;
}

static bool was_cut(CURLcode result)
{
    return result == CURLE_PARTIAL_FILE || result == CURLE_RECV_ERROR || result == CURLE_GOT_NOTHING ||
           result == CURLE_OPERATION_TIMEDOUT || result == CURLE_HTTP2_STREAM;
}

static bool is_offline(CURLcode result)
{
    return result == CURLE_COULDNT_RESOLVE_HOST || result == CURLE_COULDNT_RESOLVE_PROXY ||
           result == CURLE_COULDNT_CONNECT;
}

static int judge(const transfer *t, CURLcode result, long answer, const char *url, const char *path,
                 const char *message)
{
    if (result == CURLE_OK) return EXIT_DONE;
    if (t->write_error) return complain(EXIT_SYSTEM, "%s: %s", path, strerror(t->write_error));
    if (result == CURLE_HTTP_RETURNED_ERROR)
        return complain(answer >= 500 ? EXIT_SYSTEM : EXIT_INPUT, "%s: the server answered %ld", url, answer);
    if (t->too_large)
        return complain(EXIT_INPUT, "%s: larger than %.0f bytes, so it is not the file that is expected", url,
                        (double)t->most);
    if (result == CURLE_UNSUPPORTED_PROTOCOL && t->redirects > 0)
        return complain(EXIT_INPUT, "%s: leads to an address that is not %s", url,
                        is_https(url) ? "https" : "http or https");
    if (result == CURLE_URL_MALFORMAT || result == CURLE_UNSUPPORTED_PROTOCOL)
        return complain(EXIT_USE, "%s: not an address that begins with http:// or https://", url);
    if (is_offline(result))
        return complain(EXIT_SYSTEM, "%s: %s; offline? --file takes a file that came another way", url, message);
    if (was_cut(result)) return complain(EXIT_SYSTEM, "%s: cut: %s; the same command goes on from there", url, message);
    return complain(EXIT_SYSTEM, "%s: %s", url, message);
}

int download(const char *url, const char *path, int64_t most, bool quiet)
{
    char message[CURL_ERROR_SIZE];
    transfer t = {.most = (curl_off_t)most, .quiet = quiet, .shown = now()};
    CURLcode result = CURLE_FAILED_INIT;
    long answer = 0;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0) return complain(EXIT_SYSTEM, "libcurl cannot be started");
    for (int i = 0; i < TRIES; i++) {
        t.curl = curl_easy_init();
        if (!t.curl) break;
        result = attempt(&t, url, path, message, &answer);
        curl_easy_cleanup(t.curl);
        if (result == CURLE_RANGE_ERROR && remove(path) == 0) continue; /* it cannot go on, only begin again */
        if (result == CURLE_HTTP_RETURNED_ERROR && answer == 416 && t.offset > 0)
            result = CURLE_OK; /* nothing is missing: the checksum will tell */
        if (!was_cut(result)) break;
    }
    if (!quiet && isatty(STDERR_FILENO) == 1) fputs("\r\033[K", stderr);
    const int code =
        t.curl ? judge(&t, result, answer, url, path, message) : complain(EXIT_SYSTEM, "libcurl cannot be started");
    curl_global_cleanup();
    if (t.too_large) remove(path);
    return code;
}

#endif
