/* api/sites: the call sites of an owner that weigh most, as text: functions as dladdr knows them. */
#pragma once
#include "api/api.h"

/* Append five at most to `text`, of so many bytes: by what is live in them, else by all that they allocated. */
void tide_api_put_sites(char *text, size_t text_bytes, const tide_thread *thread, tide_owner owner,
                        bool by_live);
