#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REFRESH 0.1 /* seconds between two pictures of the bar */
#define PAUSE   15  /* seconds between two lines where there is no terminal */

enum { BAR = 20 };

losses losses_of(const nst_transfer *transfer)
{
    losses sum = {0};
    for (size_t i = 0; i < nst_transfer_term_count(transfer); i++) {
        const char *name;
        double value, weight;
        if (nst_transfer_term(transfer, i, &name, &value, &weight) != NST_OK) continue;
        double *kind = strncmp(name, "content/", 8) == 0 ? &sum.content
                       : strncmp(name, "style/", 6) == 0 ? &sum.style
                                                         : &sum.other;
        *kind += value * weight;
        sum.total += value * weight;
    }
    return sum;
}

static int columns(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

void progress_bar(const char *before, double fraction, const char *after)
{
    char line[512], bar[BAR + 1];
    const int done = (int)(fraction * BAR);
    if (!isatty(STDERR_FILENO)) return;
    for (int i = 0; i < BAR; i++)
        bar[i] = i < done ? '#' : '-';
    bar[BAR] = '\0';
    snprintf(line, sizeof line, "%s [%s] %3.0f%%  %s", before, bar, 100 * fraction, after);
    fprintf(stderr, "\r\033[K%.*s", columns() - (int)sizeof "^C", line); /* which the terminal may put behind */
    fflush(stderr);
}

/* Of all pictures: those to come are taken to last as long as those before, or as this one if it is the first. */
static double seconds_left(const progress *p, const nst_transfer *transfer)
{
    const double left = nst_transfer_progress(transfer, NST_PROGRESS_SECONDS_LEFT);
    const double each = p->at > 1 ? (p->begun - p->started) / (double)(p->at - 1) : now() - p->begun + left;
    return left + each * (double)(p->count - p->at);
}

static void show_bar(const progress *p, const nst_transfer *transfer, const char *where, const losses *sum)
{
    char after[256], left[32];
    const double done = (double)(p->at - 1) + nst_transfer_progress(transfer, NST_PROGRESS_FRACTION);
    format_seconds(left, sizeof left, seconds_left(p, transfer));
    const int length = snprintf(after, sizeof after, "%s left  loss %.3g", left, sum->total);
    if (p->count == 1)
        snprintf(after + length, sizeof after - (size_t)length, "  content %.3g  style %.3g", sum->content, sum->style);
    progress_bar(where, done / (double)p->count, after);
}

static void show_line(const progress *p, const nst_transfer *transfer, const char *where, const losses *sum)
{
    char left[32];
    format_seconds(left, sizeof left, seconds_left(p, transfer));
    fprintf(stderr, "%s: evaluation %.0f of %.0f, loss %.4g (content %.3g, style %.3g), %s left\n", where,
            nst_transfer_progress(transfer, NST_PROGRESS_EVALUATION),
            nst_transfer_progress(transfer, NST_PROGRESS_EVALUATIONS), sum->total, sum->content, sum->style, left);
}

void progress_start(progress *p, bool quiet, size_t count)
{
    *p = (progress){.quiet = quiet, .terminal = isatty(STDERR_FILENO) == 1, .count = count, .started = now()};
}

void progress_next(progress *p, const char *picture)
{
    p->at++;
    p->picture = picture;
    p->begun = now();
    p->level = 0;
}

/* "2/5 town.jpg " */
static void name_picture(char *out, size_t size, const progress *p)
{
    const char *slash = strrchr(p->picture, '/');
    char *name = plain_text(slash ? slash + 1 : p->picture);
    const size_t length = strlen(name), most = 16;
    size_t shown = length < most ? length : most;
    while (shown > 0 && ((unsigned char)name[shown] & 0xc0) == 0x80)
        shown--; /* no half character of UTF-8 */
    snprintf(out, size, "%zu/%zu %.*s%s ", p->at, p->count, (int)shown, name, shown < length ? "..." : "");
    free(name);
}

void progress_show(progress *p, const nst_transfer *transfer)
{
    const double level = nst_transfer_progress(transfer, NST_PROGRESS_LEVEL), time = now();
    char where[96], picture[40] = "";
    if (p->quiet) return;
    if (level == p->level && time < p->last + (p->terminal ? REFRESH : PAUSE)) return;
    if (p->count > 1) name_picture(picture, sizeof picture, p);
    snprintf(where, sizeof where, "%s%.0fx%.0f (%.0f/%.0f)", picture,
             nst_transfer_progress(transfer, NST_PROGRESS_WIDTH), nst_transfer_progress(transfer, NST_PROGRESS_HEIGHT),
             level, nst_transfer_progress(transfer, NST_PROGRESS_LEVELS));
    const losses sum = losses_of(transfer);
    (p->terminal ? show_bar : show_line)(p, transfer, where, &sum);
    p->level = level;
    p->last = time;
    p->shown = true;
}

void progress_clear(progress *p)
{
    if (p->shown && p->terminal) fputs("\r\033[K", stderr);
    if (p->terminal) p->last = 0; /* the bar is back with the next evaluation */
    p->shown = false;
}
