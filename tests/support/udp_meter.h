/* Counts lost datagrams on numbered UDP flows between two network namespaces while a test changes
 * the host's network. A process of its own sends and receives on all flows. */
#ifndef KVMNET_TESTS_UDP_METER_H
#define KVMNET_TESTS_UDP_METER_H

#include <stdbool.h>
#include <stdint.h>

#define METER_FLOWS 4	  /* to the host and from it, IPv4 and IPv6 */
#define METER_RATE  20000 /* datagrams a second and flow, as far as the machine keeps up */

struct meter_flow {
	const char *what; /* for messages */
	int tx, rx;	  /* sockets; tx is connected */
	uint32_t sent, got, twice;
	uint32_t refused; /* send() failed: lost, too */
	uint8_t *seen;	  /* a bit for each number */
};

struct meter;

/* Two ends: file descriptors of the namespaces and their addresses as text. */
struct meter_end {
	int netns;
	const char *ip4, *ip6;
};

/* Starts the flows and waits until each has delivered. The calling thread must be in host->netns
 * and is back there on return. Return: new; NULL. */
struct meter *meter_start(const struct meter_end *host, const struct meter_end *peer);
/* Datagrams that arrived so far on the flow that lags most. */
uint32_t meter_progress(const struct meter *meter);
/* Waits until each flow has delivered @n more. Return: 0; -1 after five seconds without. */
int meter_wait(const struct meter *meter, uint32_t n);
/* Sends nothing more until meter_go(), and waits until all that was sent has arrived.
 * Return: 0; -1 when something is still missing after five seconds. */
int meter_hold(struct meter *meter);
void meter_go(struct meter *meter);
/* Ends the process, waits for stragglers, prints one line for each flow that lost something.
 * @param meter taken @param ret_sent of all flows; may be NULL
 * Return: lost datagrams of all flows. */
uint32_t meter_stop(struct meter *meter, uint32_t *ret_sent);

#endif
