#include "solver/optimizer.h"
#include "base/param.h"
#include "base/alloc.h"
#include "solver/descent.h"

#include <math.h>
#include <string.h>

/* The table of solvers, by nst_algorithm. */
static const nst__solver *const table[] = {
    [NST_ALGORITHM_LBFGS] = &nst__lbfgs_solver,
    [NST_ALGORITHM_ADAM] = &nst__adam_solver,
    [NST_ALGORITHM_CUSTOM] = &nst__custom_solver,
};
enum { SOLVERS = sizeof table / sizeof table[0] };

struct nst_optimizer {
    const nst__solver *solver;
    nst__settings settings;
    nst_iteration_fn callback;
    void *callback_user;
    char name[NST__NAME]; /* of a custom solver */
    nst_solver_fn custom;
    void *custom_user;
    nst__descent *running; /* during a minimisation */
    nst__state loaded;     /* the state that the next minimisation resumes; without a source: none */
    nst__state_head head;  /* of it */
    nst__source copy;      /* its source, if it is from nst_optimizer_load_state() */
    nst_stop stop;         /* this and the rest: of the last minimisation */
    double value;
    uint64_t iterations, evaluations;
};

static nst_status create(nst_optimizer **out, nst_algorithm algorithm)
{
    nst_optimizer *optimizer = nst__zalloc(1, sizeof *optimizer);
    if (!optimizer) return NST_ERR_OUT_OF_MEMORY;
    optimizer->solver = table[algorithm];
    optimizer->value = (double)NAN;
    const nst_status status = nst__settings_init(&optimizer->settings, NST_OBJECT_OPTIMIZER);
    if (status != NST_OK) {
        nst_optimizer_destroy(optimizer);
        return status;
    }
    *out = optimizer;
    return NST_OK;
}

nst_status nst_optimizer_create(nst_optimizer **out, nst_algorithm algorithm)
{
    NST_NEED(out);
    *out = NULL;
    if ((unsigned)algorithm >= SOLVERS)
        return nst__fail(NST_ERR_ARGUMENT, "there is no optimizer number %d", (int)algorithm);
    if (algorithm == NST_ALGORITHM_CUSTOM)
        return nst__fail(NST_ERR_ARGUMENT, "a custom optimizer needs its function: nst_optimizer_create_custom()");
    return create(out, algorithm);
}

nst_status nst_optimizer_create_custom(nst_optimizer **out, const char *name, nst_solver_fn solver, void *user)
{
    nst_status status = NST_OK;
    NST_NEED(out);
    *out = NULL;
    NST_NEED(name);
    NST_NEED(solver);
    const size_t length = strlen(name);
    if (length == 0 || length >= NST__NAME)
        return nst__fail(NST_ERR_NAME, "name of a solver: expected 1 to %d bytes, found %zu", NST__NAME - 1, length);
    NST_TRY(create(out, NST_ALGORITHM_CUSTOM));
    memcpy((*out)->name, name, length + 1);
    (*out)->custom = solver;
    (*out)->custom_user = user;
out:
    return status;
}

int nst_optimizer_evaluate(nst_optimizer *optimizer, const float *x, double *value, float *gradient)
{
    if (!optimizer || !x || !value || !gradient || !optimizer->running || !optimizer->custom) return 1;
    return nst__custom_evaluate(optimizer->running, x, value, gradient) ? 0 : 1;
}

nst_status nst__optimizer_create_with(nst_optimizer **out, nst_algorithm algorithm, const nst__settings *settings)
{
    nst_status status = NST_OK;
    nst_optimizer *optimizer = NULL;
    *out = NULL;
    NST_TRY(nst_optimizer_create(&optimizer, algorithm));
    nst__settings_free(&optimizer->settings);
    NST_TRY(nst__settings_copy(&optimizer->settings, settings));
    *out = optimizer;
    optimizer = NULL;
out:
    nst_optimizer_destroy(optimizer);
    return status;
}

void nst_optimizer_destroy(nst_optimizer *optimizer)
{
    if (!optimizer) return;
    nst__settings_free(&optimizer->settings);
    nst__optimizer_forget(optimizer);
    nst__free(optimizer);
}

/* ---- Settings ---- */

nst_status nst_optimizer_set_int(nst_optimizer *optimizer, nst_param param, int64_t value)
{
    NST_NEED(optimizer);
    return nst__settings_set_int(&optimizer->settings, param, value);
}

nst_status nst_optimizer_set_float(nst_optimizer *optimizer, nst_param param, double value)
{
    NST_NEED(optimizer);
    return nst__settings_set_float(&optimizer->settings, param, value);
}

nst_status nst_optimizer_set_text(nst_optimizer *optimizer, nst_param param, const char *value)
{
    NST_NEED(optimizer);
    NST_NEED(value);
    return nst__settings_set_text(&optimizer->settings, param, value);
}

nst_status nst_optimizer_get_int(const nst_optimizer *optimizer, nst_param param, int64_t *value)
{
    NST_NEED(value);
    *value = 0;
    NST_NEED(optimizer);
    return nst__settings_get_int(&optimizer->settings, param, value);
}

nst_status nst_optimizer_get_float(const nst_optimizer *optimizer, nst_param param, double *value)
{
    NST_NEED(value);
    *value = 0;
    NST_NEED(optimizer);
    return nst__settings_get_float(&optimizer->settings, param, value);
}

nst_status nst_optimizer_get_text(const nst_optimizer *optimizer, nst_param param, const char **value)
{
    NST_NEED(value);
    *value = "";
    NST_NEED(optimizer);
    return nst__settings_get_text(&optimizer->settings, param, value);
}

nst_status nst_optimizer_set_iteration(nst_optimizer *optimizer, nst_iteration_fn callback, void *user)
{
    NST_NEED(optimizer);
    optimizer->callback = callback;
    optimizer->callback_user = user;
    return NST_OK;
}

/* ---- Checkpoints ---- */

static nst__state_head head_of(const nst_optimizer *optimizer)
{
    const nst__descent *descent = optimizer->running;
    return (nst__state_head){.algorithm = (uint32_t)nst_optimizer_algorithm(optimizer),
                             .n = descent->vectors.n,
                             .evaluations = descent->marked_evaluations,
                             .iterations = descent->iterations,
                             .best = descent->marked_best};
}

bool nst__optimizer_is_custom(const nst_optimizer *optimizer)
{
    return optimizer->custom != NULL;
}

bool nst__optimizer_can_save(const nst_optimizer *optimizer)
{
    return optimizer->solver->visit != NULL;
}

uint64_t nst__optimizer_state_bytes(const nst_optimizer *optimizer, size_t n)
{
    const nst__solver *solver = optimizer->solver;
    const nst__history_storage storage = nst__optimizer_storage(optimizer);
    return solver->state ? solver->state(&optimizer->settings, &storage, n) : 0;
}

bool nst__optimizer_has_state(const nst_optimizer *optimizer)
{
    return nst__optimizer_can_save(optimizer) && optimizer->running && optimizer->running->marked;
}

uint64_t nst__optimizer_saved_evaluations(const nst_optimizer *optimizer)
{
    return optimizer->running->marked_evaluations;
}

double nst__optimizer_saved_best(const nst_optimizer *optimizer)
{
    return optimizer->running->marked_best;
}

/* The variables of all ranks, of which this one has N. */
static size_t whole(size_t n, const nst__state *state)
{
    return state->of ? state->of->first[nst__ranks_count(state->of->ranks)] : n;
}

void nst__optimizer_save(const nst_optimizer *optimizer, nst__state *state)
{
    nst__state_head head = head_of(optimizer);
    head.n = whole(optimizer->running->vectors.n, state);
    nst__state_head_visit(state, &head);
    optimizer->solver->visit(optimizer->running, state);
}

nst_status nst_optimizer_save_state(void **out, size_t *size, const nst_optimizer *optimizer)
{
    nst_status status = NST_OK;
    NST_NEED(out);
    *out = NULL;
    NST_NEED(size);
    *size = 0;
    NST_NEED(optimizer);
    nst__descent *descent = optimizer->running;
    if (!nst__optimizer_can_save(optimizer))
        return nst__fail(NST_ERR_UNSUPPORTED, "the state of a custom solver is its own: the library cannot save it");
    if (!descent || !descent->between)
        return nst__fail(NST_ERR_STATE, "the state of an optimizer can only be saved from its iteration callback");
    const nst__state_head head = head_of(optimizer);
    nst__state counted = {.at = NST__STATE_HEAD};
    optimizer->solver->visit(descent, &counted);
    uint8_t *bytes = nst__alloc((size_t)counted.at, 1);
    if (!bytes) return NST_ERR_OUT_OF_MEMORY;
    uint8_t *to = bytes + NST__STATE_HEAD;
    nst__state state = {.put = nst__state_put, .user = &to};
    optimizer->solver->visit(descent, &state);
    NST_TRY(state.status);
    nst__state_seal(bytes, (size_t)counted.at, &head);
    *out = bytes;
    *size = (size_t)counted.at;
    bytes = NULL;
out:
    nst__free(bytes);
    return status;
}

void nst__optimizer_forget(nst_optimizer *optimizer)
{
    nst__free((void *)(uintptr_t)optimizer->copy.bytes);
    optimizer->copy = (nst__source){.bytes = NULL};
    optimizer->loaded = (nst__state){.from = NULL};
}

static nst_status check_algorithm(const nst_optimizer *optimizer, const nst__state_head *head)
{
    if (head->algorithm == (uint32_t)nst_optimizer_algorithm(optimizer) && !optimizer->custom) return NST_OK;
    return nst__fail(NST_ERR_STATE, "expected the state of %s, found that of another solver",
                     nst_optimizer_name(optimizer));
}

nst_status nst_optimizer_load_state(nst_optimizer *optimizer, const void *bytes, size_t size)
{
    nst_status status = NST_OK;
    nst__state_head head;
    NST_NEED(optimizer);
    NST_NEED(bytes);
    if (optimizer->running) return nst__fail(NST_ERR_STATE, "nst_optimizer_load_state: this optimizer is at work");
    NST_TRY(nst__state_open(&head, bytes, size));
    NST_TRY(check_algorithm(optimizer, &head));
    uint8_t *copy = nst__alloc(size, 1);
    if (!copy) return NST_ERR_OUT_OF_MEMORY;
    memcpy(copy, bytes, size);
    nst__optimizer_forget(optimizer);
    optimizer->copy = (nst__source){.name = "state", .size = size, .bytes = copy};
    optimizer->loaded = (nst__state){.from = &optimizer->copy, .at = NST__STATE_HEAD, .size = size};
    optimizer->head = head;
out:
    return status;
}

nst_status nst__optimizer_load(nst_optimizer *optimizer, const nst__state *state)
{
    nst_status status = NST_OK;
    nst__state_head head = {.algorithm = 0};
    nst__state at = *state;
    nst__state_head_visit(&at, &head);
    NST_TRY(at.status);
    if (at.damaged) return nst__fail(NST_ERR_CORRUPT, "%s: the state of the optimizer is damaged", state->from->name);
    NST_TRY(check_algorithm(optimizer, &head));
    nst__optimizer_forget(optimizer);
    optimizer->loaded = at;
    optimizer->head = head;
out:
    return status;
}

/* Lets DESCENT resume the state that OPTIMIZER has loaded. */
static nst_status resume(nst__descent *descent, nst_optimizer *optimizer)
{
    const nst__state_head *head = &optimizer->head;
    const size_t n = whole(descent->vectors.n, &optimizer->loaded);
    if (head->n != n)
        return nst__fail(NST_ERR_STATE, "the state that was loaded has %llu variables, this minimisation %zu",
                         (unsigned long long)head->n, n);
    descent->evaluations = head->evaluations;
    descent->iterations = head->iterations;
    descent->best = head->best;
    descent->resumed = &optimizer->loaded;
    return NST_OK;
}

/* ---- Results ---- */

nst_stop nst_optimizer_stop_reason(const nst_optimizer *optimizer)
{
    return !optimizer ? NST_STOP_NONE : optimizer->running ? optimizer->running->stop : optimizer->stop;
}

double nst_optimizer_value(const nst_optimizer *optimizer)
{
    return !optimizer ? (double)NAN : optimizer->running ? optimizer->running->best : optimizer->value;
}

uint64_t nst_optimizer_iterations(const nst_optimizer *optimizer)
{
    return !optimizer ? 0 : optimizer->running ? optimizer->running->iterations : optimizer->iterations;
}

uint64_t nst_optimizer_evaluations(const nst_optimizer *optimizer)
{
    return !optimizer ? 0 : optimizer->running ? optimizer->running->evaluations : optimizer->evaluations;
}

nst_algorithm nst_optimizer_algorithm(const nst_optimizer *optimizer)
{
    nst_algorithm algorithm = NST_ALGORITHM_LBFGS;
    for (unsigned i = 0; optimizer && i < SOLVERS; i++)
        if (table[i] == optimizer->solver) algorithm = (nst_algorithm)i;
    return algorithm;
}

const char *nst_optimizer_name(const nst_optimizer *optimizer)
{
    return !optimizer ? "" : optimizer->custom ? optimizer->name : optimizer->solver->name;
}

/* ---- A minimisation ---- */

nst__history_storage nst__optimizer_storage(const nst_optimizer *optimizer)
{
    const nst__settings *settings = &optimizer->settings;
    const char *scratch = nst__settings_text(settings, NST_PARAM_SCRATCH);
    return (nst__history_storage){
        .pairs = (size_t)nst__settings_int(settings, NST_PARAM_HISTORY),
        .half = nst__settings_int(settings, NST_PARAM_HISTORY_BITS) == NST_HISTORY_BITS_16,
        .scratch = scratch && *scratch ? scratch : NULL,
    };
}

bool nst__optimizer_cheaper(const nst_optimizer *optimizer, nst__history_storage *storage, size_t least)
{
    const int64_t bits = nst__settings_int(&optimizer->settings, NST_PARAM_HISTORY_BITS);
    if (optimizer->solver != &nst__lbfgs_solver || storage->scratch) return false;
    if (!storage->half && bits == NST_HISTORY_BITS_AUTO)
        storage->half = true;
    else if (storage->pairs > least)
        storage->pairs--;
    else
        return false;
    return true;
}

uint64_t nst__optimizer_bytes(const nst_optimizer *optimizer, const nst__history_storage *storage, size_t n,
                              int workers)
{
    const nst__solver *solver = optimizer->solver;
    return solver->bytes(&optimizer->settings, storage, n, workers) +
           (uint64_t)nst__vector_blocks(n) * solver->sums(storage) * sizeof(double);
}

static nst_status check(const nst_optimizer *optimizer, size_t n, const nst__ranks *ranks)
{
    const double c1 = nst__settings_float(&optimizer->settings, NST_PARAM_WOLFE_C1);
    const double c2 = nst__settings_float(&optimizer->settings, NST_PARAM_WOLFE_C2);
    if (n == 0 && !ranks) return nst__fail(NST_ERR_ARGUMENT, "nst_optimizer_minimize: expected variables, found n = 0");
    if (optimizer->running)
        return nst__fail(NST_ERR_STATE, "nst_optimizer_minimize: this optimizer is at work already");
    if (c1 >= c2 || c2 >= 1)
        return nst__fail(NST_ERR_RANGE, "wolfe-c2: expected above wolfe-c1 (%g) and below 1, found %g", c1, c2);
    return NST_OK;
}

nst_status nst__optimizer_minimize_with(nst_optimizer *optimizer, nst__workers *workers, nst__ranks *ranks, int simd,
                                        const nst__history_storage *storage, uint64_t evaluations, size_t n, float *x,
                                        nst_objective_fn objective, void *user)
{
    nst_status status = NST_OK;
    NST_TRY(check(optimizer, n, ranks));
    nst__descent descent = {
        .optimizer = optimizer,
        .callback = optimizer->callback,
        .callback_user = optimizer->callback_user,
        .settings = optimizer->settings,
        .storage = storage ? *storage : nst__optimizer_storage(optimizer),
        .vectors = {.workers = workers, .ranks = ranks, .n = n, .chunks = nst__chunks_of(simd)},
        .objective = objective,
        .custom = optimizer->custom,
        .custom_user = optimizer->custom_user,
        .user = user,
        .best = (double)NAN,
        .budget =
            evaluations ? evaluations : (uint64_t)nst__settings_int(&optimizer->settings, NST_PARAM_MAX_EVALUATIONS),
    };
    if (optimizer->loaded.from) NST_TRY(resume(&descent, optimizer));
    descent.vectors.rows =
        nst__alloc(n ? nst__vector_blocks(n) : 1, optimizer->solver->sums(&descent.storage) * sizeof(double));
    if (!descent.vectors.rows) return NST_ERR_OUT_OF_MEMORY;
    optimizer->running = &descent;
    optimizer->solver->minimise(&descent, x);
    nst__free(descent.vectors.rows);
    optimizer->running = NULL;
    nst__optimizer_forget(optimizer); /* used for one minimisation only */
    optimizer->stop = descent.stop;
    optimizer->value = descent.best;
    optimizer->iterations = descent.iterations;
    optimizer->evaluations = descent.evaluations;
    status = descent.status;
out:
    return status;
}

nst_status nst_optimizer_minimize(nst_optimizer *optimizer, size_t n, float *x, nst_objective_fn objective, void *user)
{
    NST_NEED(optimizer);
    NST_NEED(x);
    NST_NEED(objective);
    return nst__optimizer_minimize_with(optimizer, NULL, NULL, 0, NULL, 0, n, x, objective, user);
}
