// The one place where caf-test's main function and its non-inline parts are compiled.
#define CAF_SUITE main
#include <caf/test/unit_test.hpp>
#include <caf/test/unit_test_impl.hpp>
