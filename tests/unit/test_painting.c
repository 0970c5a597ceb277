/* The picture that is painted, from one size to the next. */
#include "unit/runner.h"

#include "transfer/painting.h"
#include "unit/tiny_model.h"

#include <math.h>

enum { WIDTH = 90, HEIGHT = 60 };

static nst_image *content, *first;
static nst__painting painting;

static nst__bands bands(size_t height)
{
    return nst__bands_make(NULL, &(nst__net){.model = NULL}, height);
}

static void begin(void)
{
    const nst__bands whole = bands(HEIGHT);
    content = tiny_image(180, 120, 1);
    first = tiny_image(WIDTH, HEIGHT, 2);
    const nst__distributed from = nst__distributed_alone(first);
    painting = (nst__painting){.image = NULL};
    ck_assert_int_eq(nst__painting_begin(&painting, &from, 0, &whole, WIDTH), NST_OK);
}

static void end(void)
{
    nst__painting_release(&painting);
    nst_image_destroy(first);
    nst_image_destroy(content);
}

static void resize(uint32_t width, uint32_t height)
{
    const nst__bands of = bands(height);
    const nst__distributed from = nst__distributed_alone(content);
    ck_assert_int_eq(nst__painting_resize(&painting, &from, &of, width), NST_OK);
    ck_assert_uint_eq(nst_image_width(painting.image), width);
    ck_assert_uint_eq(nst_image_height(painting.image), height);
}

static nst_image *at(const nst_image *image, uint32_t width, uint32_t height)
{
    nst_image *resized;
    ck_assert_int_eq(nst_image_resize(&resized, image, width, height), NST_OK);
    return resized;
}

/* IMAGE is destroyed. */
static nst_image *then_at(nst_image *image, uint32_t width, uint32_t height)
{
    nst_image *resized = at(image, width, height);
    nst_image_destroy(image);
    return resized;
}

/* Adds FACTOR times OTHER, which is destroyed. */
static nst_image *plus(nst_image *image, double factor, nst_image *other)
{
    for (size_t i = 0; i < (size_t)nst_image_width(image) * nst_image_height(image) * 3; i++)
        nst_image_mutable_pixels(image)[i] += (float)factor * nst_image_pixels(other)[i];
    nst_image_destroy(other);
    return image;
}

/* EXPECTED is destroyed. */
static void expect(const nst_image *image, nst_image *expected)
{
    for (size_t i = 0; i < (size_t)nst_image_width(expected) * nst_image_height(expected) * 3; i++)
        ck_assert_double_eq_tol((double)nst_image_pixels(image)[i], (double)nst_image_pixels(expected)[i], 1e-5);
    nst_image_destroy(expected);
}

/* What a solver paints. */
static nst_image *paint(uint64_t seed)
{
    nst_image *change = tiny_image(nst_image_width(painting.image), nst_image_height(painting.image), seed), *copy;
    ck_assert_int_eq(nst_image_copy(&copy, change), NST_OK);
    plus(painting.image, 1, copy);
    return change;
}

START_TEST(a_larger_size_gets_the_detail_of_the_content)
{
    resize(135, 90);
    expect(painting.image,
           plus(at(first, 135, 90), 1, plus(at(content, 135, 90), -1, then_at(at(content, 90, 60), 135, 90))));
    ck_assert_ptr_null(painting.larger);
}
END_TEST

START_TEST(a_smaller_size_changes_the_larger_picture)
{
    nst_image *seen;
    resize(45, 30);
    expect(painting.image, at(first, 45, 30));
    nst_image *change = paint(3);
    ck_assert_int_eq(nst__painting_seen(&seen, painting.image, painting.larger), NST_OK);
    expect(seen, plus(at(first, 90, 60), 1, at(change, 90, 60)));
    resize(66, 44);
    expect(painting.image, plus(at(first, 66, 44), 1, at(change, 66, 44)));
    nst_image *more = paint(4);
    resize(WIDTH, HEIGHT);
    expect(painting.image, plus(plus(at(first, 90, 60), 1, at(more, 90, 60)), 1, then_at(at(change, 66, 44), 90, 60)));
    ck_assert_ptr_null(painting.larger);
    nst_image_destroy(seen);
    nst_image_destroy(change);
    nst_image_destroy(more);
}
END_TEST

START_TEST(where_nothing_was_painted_the_larger_picture_keeps_its_bits)
{
    resize(23, 15);
    resize(45, 30);
    resize(WIDTH, HEIGHT);
    ck_assert_mem_eq(nst_image_pixels(painting.image), nst_image_pixels(first), WIDTH * HEIGHT * 3 * sizeof(float));
}
END_TEST

START_TEST(a_size_beyond_the_larger_one_has_both)
{
    resize(45, 30);
    nst_image *change = paint(5);
    resize(135, 90);
    nst_image *whole = plus(at(first, 90, 60), 1, at(change, 90, 60));
    expect(painting.image,
           plus(at(whole, 135, 90), 1, plus(at(content, 135, 90), -1, then_at(at(content, 90, 60), 135, 90))));
    ck_assert_ptr_null(painting.larger);
    nst_image_destroy(whole);
    nst_image_destroy(change);
}
END_TEST

RUNNER_WITH(begin, end, "painting", a_larger_size_gets_the_detail_of_the_content,
            a_smaller_size_changes_the_larger_picture, where_nothing_was_painted_the_larger_picture_keeps_its_bits,
            a_size_beyond_the_larger_one_has_both)
