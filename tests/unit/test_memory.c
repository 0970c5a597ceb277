/* Whole runs under a memory limit: what is planned is what the allocator counts, and what gives way first. */
#include "unit/runner.h"

#include "objective/plan.h"
#include "unit/counting_heap.h"
#include "unit/tiny_model.h"

#include <math.h>

enum { SMALL = 256 << 10 /* bytes of handles and tables, which count as the process */ };

static nst_transfer *make(const nst_model *model, const char *optimizer)
{
    nst_transfer *transfer;
    nst_image *content = tiny_image(90, 60, 1), *style = tiny_image(80, 70, 2);
    ck_assert_int_eq(nst_transfer_create(&transfer, model), NST_OK);
    ck_assert_int_eq(nst_transfer_set_content(transfer, content), NST_OK);
    ck_assert_int_eq(nst_transfer_add_style(transfer, style, 1), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_SIZES, "320:2,640:3,320:2,640:2"), NST_OK);
    ck_assert_int_eq(nst_transfer_set_text(transfer, NST_PARAM_OPTIMIZER, optimizer), NST_OK);
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_THREADS, 2), NST_OK);
    nst_image_destroy(content);
    nst_image_destroy(style);
    return transfer;
}

static uint64_t planned(nst_transfer *transfer)
{
    uint64_t bytes;
    ck_assert_msg(nst_transfer_memory(&bytes, transfer, NULL) == NST_OK, "%s", nst_last_error());
    return bytes;
}

static uint64_t least(nst_transfer *transfer)
{
    uint64_t bytes;
    const char *named;
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_MEMORY_LIMIT, 1), NST_OK);
    ck_assert_int_eq(nst_transfer_memory(&bytes, transfer, NULL), NST_ERR_MEMORY_LIMIT);
    named = strstr(nst_last_error(), "does is ");
    ck_assert_ptr_nonnull(named);
    return strtoull(named + strlen("does is "), NULL, 10) << 20;
}

/* The most that a run holds, by the allocator. */
static size_t counted(nst_transfer *transfer)
{
    nst_image *result;
    heap.peak = heap.live;
    ck_assert_msg(nst_transfer_run(&result, transfer, NULL) == NST_OK, "%s", nst_last_error());
    nst_image_destroy(result);
    return heap.peak;
}

START_TEST(a_run_takes_what_is_planned_and_keeps_every_limit)
{
    static const char *const optimizers[] = {"lbfgs", "adam"};
    ck_assert_int_eq(nst_allocator_set(&counting), NST_OK);
    tiny_model tiny = tiny_model_make(16);
    for (size_t i = 0; i < 2; i++) {
        nst_transfer *transfer = make(tiny.model, optimizers[i]);
        const uint64_t from = least(transfer);
        ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_MEMORY_LIMIT, 0), NST_OK);
        const uint64_t whole = planned(transfer);
        ck_assert_uint_lt(from, whole);
        for (int part = 0; part <= 4; part++) {
            const uint64_t limit = from + (whole - from) * (uint64_t)part / 4;
            ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_MEMORY_LIMIT, (int64_t)limit), NST_OK);
            const uint64_t bytes = planned(transfer);
            const size_t found = counted(transfer);
            ck_assert_uint_le(bytes, limit);
            ck_assert_uint_le(found + NST__PROCESS_BYTES, bytes + SMALL);
            ck_assert_double_gt((double)found, 0.85 * (double)(bytes - NST__PROCESS_BYTES));
        }
        nst_transfer_destroy(transfer);
    }
    tiny_model_destroy(&tiny);
    ck_assert_int_eq(nst_allocator_set(NULL), NST_OK);
}
END_TEST

/* "to keep the memory limit, L-BFGS keeps 7 curvature pairs of 16 bits at 640x427" gives 7 pairs, 16 bits. */
static bool saves(const nst_transfer *transfer, int *pairs, int *bits)
{
    const char *text = strstr(nst_transfer_warnings(transfer), "L-BFGS keeps ");
    *pairs = 10;
    *bits = 32;
    if (!text) return false;
    ck_assert_int_eq(sscanf(text, "L-BFGS keeps %d curvature pair", pairs), 1);
    ck_assert_int_eq(sscanf(strstr(text, " of "), " of %d bits at 640x427", bits), 1);
    return true;
}

START_TEST(tiles_give_way_first_then_half_the_bits_then_pairs)
{
    tiny_model tiny = tiny_model_make(16);
    nst_transfer *transfer = make(tiny.model, "lbfgs");
    const uint64_t from = least(transfer);
    int pairs = 10, bits = 32, seen = 0;
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_MEMORY_LIMIT, 0), NST_OK);
    const uint64_t whole = planned(transfer);
    for (uint64_t limit = whole; limit >= from; limit -= (whole - from) / 40) {
        int now_pairs, now_bits;
        ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_MEMORY_LIMIT, (int64_t)limit), NST_OK);
        ck_assert_uint_le(planned(transfer), limit);
        seen |= saves(transfer, &now_pairs, &now_bits) ? 2 : 1;
        ck_assert_int_le(now_pairs, pairs);
        ck_assert_int_le(now_bits, bits);
        ck_assert(now_bits == 16 || now_pairs == 10);
        pairs = now_pairs;
        bits = now_bits;
    }
    ck_assert_int_eq(seen, 3);
    ck_assert_int_lt(pairs, 4);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

START_TEST(what_is_set_by_hand_stays)
{
    tiny_model tiny = tiny_model_make(16);
    nst_transfer *transfer = make(tiny.model, "lbfgs");
    nst_optimizer *optimizer;
    uint64_t bytes, by_file;
    int pairs, bits;
    const uint64_t limit = least(transfer) + (1 << 20);
    ck_assert_int_eq(nst_transfer_set_int(transfer, NST_PARAM_MEMORY_LIMIT, (int64_t)limit), NST_OK);
    ck_assert_int_eq(nst_transfer_make_optimizer(&optimizer, transfer), NST_OK);
    ck_assert_int_eq(nst_optimizer_set_text(optimizer, NST_PARAM_HISTORY_BITS, "32"), NST_OK);
    const nst_status status = nst_transfer_memory(&bytes, transfer, optimizer);
    ck_assert(status == NST_ERR_MEMORY_LIMIT || (saves(transfer, &pairs, &bits) && bits == 32));
    ck_assert_int_eq(nst_optimizer_set_text(optimizer, NST_PARAM_SCRATCH, "/tmp"), NST_OK);
    ck_assert_int_eq(nst_transfer_memory(&by_file, transfer, optimizer), NST_OK);
    ck_assert(!saves(transfer, &pairs, &bits));
    nst_optimizer_destroy(optimizer);
    nst_transfer_destroy(transfer);
    tiny_model_destroy(&tiny);
}
END_TEST

RUNNER("memory", a_run_takes_what_is_planned_and_keeps_every_limit, tiles_give_way_first_then_half_the_bits_then_pairs,
       what_is_set_by_hand_stays)
