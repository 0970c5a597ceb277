/*
 * What JavaScript needs besides the functions of nst.h, and what it does better than the C library.
 */
#include <emscripten.h>
#include <nst/nst.h>
#include <stdlib.h>

/* JavaScript: */
/* clang-format off */
/* Module.progress() says whether the run is to stop. */
EM_JS(int, ask_progress, (nst_transfer * transfer), { return Module["progress"](transfer) ? 1 : 0; })

EM_JS(double, number_of, (const char *text), {
    let digits = "";
    for (let at = text >>> 0; HEAPU8[at]; at++) digits += String.fromCharCode(HEAPU8[at]);
    return Number(digits);
})
/* clang-format on */

static int progress(nst_transfer *transfer, void *user)
{
    (void)user;
    return ask_progress(transfer);
}

EMSCRIPTEN_KEEPALIVE nst_status nst_wasm_report(nst_transfer *transfer)
{
    return nst_transfer_set_progress(transfer, progress, NULL);
}

/* In place of the C library's, whose arithmetic in 128 bits takes 14 kB. The only caller, lib/base/decimal.c, has
 * checked the digits and passes no END. */
double strtod(const char *restrict text, char **restrict end)
{
    (void)end;
    return number_of(text);
}
