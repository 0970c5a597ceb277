#include "loss/style.h"

double nst__style_norm(nst_form form, size_t channels, size_t positions)
{
    switch (form) {
    case NST_FORM_SUM: return 1;
    case NST_FORM_MEAN: return 1 / ((double)channels * (double)positions);
    default: return 1 / (double)positions;
    }
}

static double factor(nst_form form, size_t channels, double target_square)
{
    const double c = (double)channels;
    switch (form) {
    case NST_FORM_MEAN: return 1 / (c * c);
    case NST_FORM_GATYS: return 1 / (4 * c * c);
    case NST_FORM_SUM: return 0.5;
    default: return target_square > 0 ? 1 / target_square : 0;
    }
}

double nst__style_loss(nst_form form, size_t channels, size_t positions, const double *gram, const double *target,
                       double weight, float *slope)
{
    const size_t count = channels * channels;
    const double norm = nst__style_norm(form, channels, positions);
    double distance = 0, target_square = 0;
    for (size_t i = 0; i < count; i++) {
        const double difference = norm * gram[i] - target[i];
        distance += difference * difference;
        target_square += target[i] * target[i];
    }
    const double k = factor(form, channels, target_square);
    if (slope)
        for (size_t i = 0; i < count; i++)
            slope[i] = (float)(weight * 4 * norm * k * (norm * gram[i] - target[i]));
    return k * distance;
}
