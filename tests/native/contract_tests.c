/* contract_tests.c: the tests that every backend and every build must pass. */
#include "harness.h"

extern const struct test ring_tests[], socket_tests[], receive_tests[], accept_tests[], cancel_tests[], close_tests[],
    wake_tests[], environment_tests[];

const struct test_group test_groups[] = {
    {"ring", ring_tests},     {"socket", socket_tests},           {"receive", receive_tests},
    {"accept", accept_tests}, {"cancel", cancel_tests},           {"close", close_tests},
    {"wake", wake_tests},     {"environment", environment_tests}, {0},
};
