/* samples/here: what the sample programs share. Each calls here() from a place that it describes itself, innermost
 * first ("inner:12"): the test then asks for that return address and expects these functions and lines. */
#pragma once
#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#define AT(function) function ":" TEXT(__LINE__)

#ifdef __cplusplus
extern "C" {
#endif
/* Prints its return address, as it is in the file, and the places that are not NULL. */
void here(const char *inner, const char *middle, const char *outer);
__attribute__((noreturn)) void here_at_last(const char *place);
#ifdef __cplusplus
}
#endif
