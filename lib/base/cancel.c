#include "base/cancel.h"

enum { IDLE, AT_WORK, CANCELLED };

void nst__cancel_begin(nst__cancel *cancel)
{
    atomic_store(&cancel->state, AT_WORK);
}

void nst__cancel_end(nst__cancel *cancel)
{
    atomic_store(&cancel->state, IDLE);
}

void nst__cancel_ask(nst__cancel *cancel)
{
    int under_way = AT_WORK;
    atomic_compare_exchange_strong(&cancel->state, &under_way, CANCELLED);
}

bool nst__cancelled(nst__cancel *cancel)
{
    if (!cancel) return false;
    if (cancel->flag && __atomic_load_n(cancel->flag, __ATOMIC_RELAXED) != 0) nst__cancel_ask(cancel);
    return atomic_load_explicit(&cancel->state, memory_order_relaxed) == CANCELLED;
}

nst_status nst__cancel_check(nst__cancel *cancel)
{
    return nst__cancelled(cancel) ? NST_ERR_CANCELLED : NST_OK;
}
