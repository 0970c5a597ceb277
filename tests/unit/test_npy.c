/* NumPy's files of a dict of arrays. */
#include "unit/model_checks.h"

START_TEST(a_dict_of_lists_is_read)
{
    assert_reads(npy_dict(), "npy");
}
END_TEST

START_TEST(lying_files_are_refused)
{
    assert_refused(with(npy_dict(), "'|O'", 4, "'<f4"), NST_ERR_UNSUPPORTED, "expected a dict of arrays");
    assert_refused(with(npy_dict(), "NUMPY\x01", 6, "NUMPY\x09"), NST_ERR_CORRUPT, "the header of a NumPy array");
    assert_refused(with(npy_dict(), "f4", 2, "i4"), NST_ERR_UNSUPPORTED, "expected numbers of type");
    assert_refused(with(npy_dict(), "<NNN", 4, ">NNN"), NST_ERR_UNSUPPORTED, "big-endian");
    assert_refused(with(npy_dict(), "ndarray", 7, "matrix1"), NST_ERR_UNSUPPORTED, "that numpy.matrix1 makes");
    assert_refused(with(npy_dict(), "M\x03\0M\x03\0M\x03\0M\x02\0", 12, "M\x03\0M\x03\0M\x03\0M\x03\0"),
                   NST_ERR_CORRUPT, "beyond its storage");
    assert_refused(with(npy_dict(), "M\x03\0M\x03\0M\x03\0M\x02\0", 12, "M\x03\0M\x03\0M\x02\0M\x02\0"),
                   NST_ERR_UNSUPPORTED, "expected shape [channels, 3, 3, 3]");
}
END_TEST

START_TEST(damage_is_an_error_or_a_model)
{
    assert_survives_damage(npy_dict());
}
END_TEST

START_TEST(files_are_read_like_memory)
{
    assert_survives_cuts_while_reading(npy_dict());
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    assert_survives_lack_of_memory(npy_dict());
}
END_TEST

RUNNER("npy", a_dict_of_lists_is_read, lying_files_are_refused, damage_is_an_error_or_a_model,
       files_are_read_like_memory, every_allocation_may_fail)
