#include "cli/run_live.h"
#include "launch/program.h"
#include "live/server.h"
#include <errno.h>
#include <stdlib.h>

bool tide_port_parse(const char *command, const char *text, uint16_t *ret) {
    char *end;
    errno = 0;
    unsigned long port = strtoul(text, &end, 10);
    bool is_port = *text >= '0' && *text <= '9' && !*end && !errno && port > 0 && port <= UINT16_MAX;
    if (is_port)
        *ret = (uint16_t)port;
    else
        tide_wrong_use(command, "'%s' is no port; give a number from 1 to 65535", text);
    return is_port;
}

static void invite(void *arg, uint16_t port) {
    (void)arg;
    tide_say("Run 'tidemark live %u' in another shell to see live results", (unsigned)port);
}

int tide_run_live_program(const tide_run_live *request) {
    tide_tracked tracked = request->tracked;
    tide_live_server *server;
    tide_err err;
    char *command = tide_program_quote(tracked.session.argv);
    int code = tide_live_server_open(&server, request->port, !request->starts_at_once, command, &err);
    free(command);
    if (code) {
        tide_say("%s", err.text);
        return TIDE_EXIT_ERROR;
    }
    tide_onlooker onlooker = tide_live_server_onlooker(server, request->prepared ? request->prepared : invite,
                                                       request->prepared_arg);
    tracked.session.onlooker = &onlooker;
    tracked.session.has_no_file = !tracked.session.output;
    int status = tide_record_session(&tracked);
    tide_live_server_close(server);
    return status;
}
