/* What a program that does not link the library finds with dlsym. */
#include "api/api.h"

const struct tide_api tide_api_table = {.bytes = sizeof tide_api_table,
#define X(result, name, parameters, arguments, otherwise) .name = (name),
                                        TIDE_FUNCTIONS(X)
#undef X
#define X(name, parameters, arguments, otherwise) .name = (name),
                                            TIDE_PROCEDURES(X)
#undef X
};
