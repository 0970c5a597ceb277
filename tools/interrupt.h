/*
 * Ctrl-C, and being asked to end, while a run is under way.
 */
#ifndef NST_TOOLS_INTERRUPT_H
#define NST_TOOLS_INTERRUPT_H

#include "common.h"

/* From here on the first signal asks TRANSFER to stop with its best picture; the second ends the program at once.
 * TELL: the first says so, on the line of a progress bar. */
void interrupt_catch(nst_transfer *transfer, bool tell);
/* For work that ends by itself when it is asked to, with TRANSFER NULL above: whether it is. */
bool interrupt_asked(void);
/* While a file is written, signals wait: none is left half written. The third ends the program nevertheless. */
void interrupt_hold(void);
void interrupt_let(void);
/* As it was before; a signal that waited has its usual effect now. */
void interrupt_release(void);

#endif
