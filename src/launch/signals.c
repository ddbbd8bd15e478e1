#include "launch/signals.h"
#include <errno.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* SIGCHLD: if it was ignored, the kernel would throw the program's exit status away. */
static const struct {
    int number;
    void (*handler)(int);
} altered[TIDE_SIGNALS_ALTERED] = {
    {SIGPIPE, SIG_IGN},
    {SIGXFSZ, SIG_IGN},
    {SIGTTOU, SIG_IGN},
    {SIGCHLD, SIG_DFL},
};

int tide_signals_init(tide_signals *signals) {
    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGINT);
    sigaddset(&watched, SIGQUIT);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGHUP);
    signals->fd = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals->fd < 0)
        return -errno;
    sigprocmask(SIG_BLOCK, &watched, &signals->old_mask);
    for (size_t i = 0; i < TIDE_SIGNALS_ALTERED; i++) {
        struct sigaction action = {.sa_handler = altered[i].handler};
        sigaction(altered[i].number, &action, &signals->old_action[i]);
    }
    return 0;
}

void tide_signals_restore(const tide_signals *signals) {
    for (size_t i = 0; i < TIDE_SIGNALS_ALTERED; i++)
        sigaction(altered[i].number, &signals->old_action[i], NULL);
    sigprocmask(SIG_SETMASK, &signals->old_mask, NULL);
}

void tide_signals_fini(tide_signals *signals) {
    if (signals->fd < 0)
        return;
    tide_signals_restore(signals);
    close(signals->fd);
    signals->fd = -1;
}

int tide_signals_next(tide_signals *signals, bool *ret_is_sent) {
    struct signalfd_siginfo info;
    if (read(signals->fd, &info, sizeof info) != sizeof info)
        return 0;
    bool is_for_leader = info.ssi_signo == SIGHUP && getsid(0) == getpid();
    *ret_is_sent = info.ssi_code <= 0 || is_for_leader; /* SI_USER and its like; SI_KERNEL is positive */
    return (int)info.ssi_signo;
}
