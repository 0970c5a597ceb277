/*
 * Nocedal & Wright, Numerical Optimization, 2nd ed., algorithms 3.5 (bracketing) and 3.6 (zoom), with the cubic of
 * their equation 3.59. The guards against slow or wild steps are those of Moré and Thuente, ACM TOMS 20 (1994):
 * extrapolation by a factor of at most 4, and a bisection if two trials have not shrunk the bracket by a third.
 */
#include "solver/line_search.h"

#include <math.h>

#define MARGIN 0.1  /* trials keep this part of the bracket away from its ends */
#define SHRUNK 0.66 /* two trials must shrink the bracket to this part of it */
/* The search ends below this width of the bracket, relative to the first step or to its position: trials would only
 * measure rounding. */
#define NOTHING 1e-10

void nst__line_start(nst__line *line, double value0, double slope0, double step, double c1, double c2)
{
    *line = (nst__line){.step = step, .first = step, .value0 = value0, .slope0 = slope0, .c1 = c1, .c2 = c2};
    line->low = (nst__line_point){0, value0, slope0};
}

/* The minimiser of the cubic through values and slopes at A and B; NaN if it has none. */
static double cubic(const nst__line_point *a, const nst__line_point *b)
{
    const double d1 = a->slope + b->slope - 3 * (a->value - b->value) / (a->step - b->step);
    const double radicand = d1 * d1 - a->slope * b->slope;
    const double d2 = copysign(sqrt(radicand), b->step - a->step);
    return b->step - (b->step - a->step) * (b->slope + d2 - d1) / (b->slope - a->slope + 2 * d2);
}

/* A step beyond POINT, where the value still falls: the minimum of the cubic, within limits. */
static double extrapolate(const nst__line_point *before, const nst__line_point *point)
{
    const double advance = point->step - before->step;
    const double least = point->step + 1.1 * advance, most = point->step + 4 * advance;
    const double step = cubic(before, point);
    return step > point->step ? fmin(fmax(step, least), most) : most;
}

static double interpolate(const nst__line *line)
{
    const double low = line->low.step, high = line->high.step;
    const double left = fmin(low, high), right = fmax(low, high), width = right - left;
    double step = cubic(&line->low, &line->high);
    if (!isfinite(step) || (line->width[1] > 0 && width > SHRUNK * line->width[1])) step = left + width / 2;
    return fmin(fmax(step, left + MARGIN * width), right - MARGIN * width);
}

nst__line_answer nst__line_next(nst__line *line, double value, double slope)
{
    const nst__line_point point = {line->step, value, slope};
    const bool decreases = value <= line->value0 + line->c1 * point.step * line->slope0 && value < line->low.value;
    if (decreases && fabs(slope) <= -line->c2 * line->slope0) return NST__LINE_DONE;
    if (!decreases) {
        line->high = point;
        line->bracketed = true;
    } else if (!line->bracketed && slope < 0) {
        line->step = extrapolate(&line->low, &point);
        line->low = point;
        return isfinite(line->step) ? NST__LINE_TRY : NST__LINE_END;
    } else {
        if (!line->bracketed || slope * (line->high.step - line->low.step) >= 0) line->high = line->low;
        line->bracketed = true;
        line->low = point;
    }
    const double width = fabs(line->high.step - line->low.step);
    if (width <= NOTHING * fmax(line->first, fmax(line->high.step, line->low.step))) return NST__LINE_END;
    line->step = interpolate(line);
    line->width[1] = line->width[0];
    line->width[0] = width;
    return NST__LINE_TRY;
}
