/* The part of libvirt's interface that is used. Layer: virt.
 * With its headers the compiler checks every call against them; without them the same names are
 * declared here, so that kvmnet builds, and runs with a libvirt installed later.
 * Source: libvirt/libvirt-host.h, libvirt-network.h, libvirt-domain.h, virterror.h (the library's
 * ABI has been stable since 0.9: its file is libvirt.so.0). */
#ifndef KVMNET_VIRT_ABI_H
#define KVMNET_VIRT_ABI_H

#if defined(__has_include) && !defined(KVMNET_OWN_LIBVIRT_ABI)
#if __has_include(<libvirt/libvirt.h>) && __has_include(<libvirt/virterror.h>)
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#define KN_HAS_LIBVIRT_HEADERS
#endif
#endif

#if defined(KN_HAS_LIBVIRT_HEADERS) && !LIBVIR_CHECK_VERSION(7, 7, 0)
enum { VIR_NETWORK_DEFINE_VALIDATE = 1 };
virNetworkPtr virNetworkDefineXMLFlags(virConnectPtr conn, const char *xml, unsigned int flags);
#endif

#ifndef KN_HAS_LIBVIRT_HEADERS
typedef struct _virConnect *virConnectPtr;
typedef struct _virNetwork *virNetworkPtr;
typedef struct _virDomain *virDomainPtr;

typedef struct _virError {
	int code, domain;
	char *message;
	int level;
	virConnectPtr conn;
	virDomainPtr dom;
	char *str1, *str2, *str3;
	int int1, int2;
	virNetworkPtr net;
} * virErrorPtr;
typedef void (*virErrorFunc)(void *data, virErrorPtr error);

typedef struct _virNetworkDHCPLease {
	char *iface;
	long long expirytime;
	int type;
	char *mac, *iaid, *ipaddr;
	unsigned int prefix;
	char *hostname, *clientid;
} * virNetworkDHCPLeasePtr;

enum {
	VIR_NETWORK_XML_INACTIVE = 1,
	VIR_NETWORK_DEFINE_VALIDATE = 1,
	VIR_NETWORK_UPDATE_COMMAND_MODIFY = 1,
	VIR_NETWORK_UPDATE_COMMAND_DELETE = 2,
	VIR_NETWORK_UPDATE_COMMAND_ADD_LAST = 3,
	VIR_NETWORK_UPDATE_AFFECT_LIVE = 1,
	VIR_NETWORK_UPDATE_AFFECT_CONFIG = 2,
	VIR_ERR_NO_SUPPORT = 3,
	VIR_ERR_NO_CONNECT = 5,
	VIR_ERR_INVALID_ARG = 8,
	VIR_ERR_SYSTEM_ERROR = 38,
	VIR_ERR_RPC = 39,
	VIR_ERR_NO_NETWORK = 43,
	VIR_ERR_AUTH_FAILED = 45,
	VIR_ERR_AUTH_CANCELLED = 79,
	VIR_ERR_ACCESS_DENIED = 88,
	VIR_ERR_AUTH_UNAVAILABLE = 94,
	VIR_FROM_RPC = 7,
};

int virInitialize(void);
void virSetErrorFunc(void *data, virErrorFunc handler);
virErrorPtr virGetLastError(void);
virConnectPtr virConnectOpen(const char *uri);
virConnectPtr virConnectOpenReadOnly(const char *uri);
int virConnectClose(virConnectPtr conn);
int virConnectGetLibVersion(virConnectPtr conn, unsigned long *version);
int virConnectListAllNetworks(virConnectPtr conn, virNetworkPtr **nets, unsigned int flags);
int virConnectListAllDomains(virConnectPtr conn, virDomainPtr **doms, unsigned int flags);
virNetworkPtr virNetworkLookupByName(virConnectPtr conn, const char *name);
virNetworkPtr virNetworkDefineXML(virConnectPtr conn, const char *xml);
virNetworkPtr virNetworkDefineXMLFlags(virConnectPtr conn, const char *xml, unsigned int flags);
const char *virNetworkGetName(virNetworkPtr net);
char *virNetworkGetXMLDesc(virNetworkPtr net, unsigned int flags);
int virNetworkIsActive(virNetworkPtr net);
int virNetworkIsPersistent(virNetworkPtr net);
int virNetworkGetAutostart(virNetworkPtr net, int *autostart);
int virNetworkSetAutostart(virNetworkPtr net, int autostart);
int virNetworkCreate(virNetworkPtr net);
int virNetworkDestroy(virNetworkPtr net);
int virNetworkUndefine(virNetworkPtr net);
int virNetworkUpdate(virNetworkPtr net, unsigned int command, unsigned int section,
		     int parent_index, const char *xml, unsigned int flags);
int virNetworkFree(virNetworkPtr net);
int virNetworkGetDHCPLeases(virNetworkPtr net, const char *mac, virNetworkDHCPLeasePtr **leases,
			    unsigned int flags);
void virNetworkDHCPLeaseFree(virNetworkDHCPLeasePtr lease);
const char *virDomainGetName(virDomainPtr dom);
int virDomainIsActive(virDomainPtr dom);
char *virDomainGetXMLDesc(virDomainPtr dom, unsigned int flags);
int virDomainFree(virDomainPtr dom);
#endif

/* KN_SYM(name, needed): functions looked up in the library. Those not needed came later than 1.2.6
 * and may be missing. */
#define KN_LIBVIRT_SYMBOLS(KN_SYM)                                                                 \
	KN_SYM(virInitialize, true)                                                                \
	KN_SYM(virSetErrorFunc, true)                                                              \
	KN_SYM(virGetLastError, true)                                                              \
	KN_SYM(virConnectOpen, true)                                                               \
	KN_SYM(virConnectOpenReadOnly, true)                                                       \
	KN_SYM(virConnectClose, true)                                                              \
	KN_SYM(virConnectGetLibVersion, true)                                                      \
	KN_SYM(virConnectListAllNetworks, true)                                                    \
	KN_SYM(virConnectListAllDomains, true)                                                     \
	KN_SYM(virNetworkLookupByName, true)                                                       \
	KN_SYM(virNetworkDefineXML, true)                                                          \
	KN_SYM(virNetworkDefineXMLFlags, false) /* 7.7 */                                          \
	KN_SYM(virNetworkGetName, true)                                                            \
	KN_SYM(virNetworkGetXMLDesc, true)                                                         \
	KN_SYM(virNetworkIsActive, true)                                                           \
	KN_SYM(virNetworkIsPersistent, true)                                                       \
	KN_SYM(virNetworkGetAutostart, true)                                                       \
	KN_SYM(virNetworkSetAutostart, true)                                                       \
	KN_SYM(virNetworkCreate, true)                                                             \
	KN_SYM(virNetworkDestroy, true)                                                            \
	KN_SYM(virNetworkUndefine, true)                                                           \
	KN_SYM(virNetworkUpdate, true)                                                             \
	KN_SYM(virNetworkFree, true)                                                               \
	KN_SYM(virNetworkGetDHCPLeases, true)                                                      \
	KN_SYM(virNetworkDHCPLeaseFree, true)                                                      \
	KN_SYM(virDomainGetName, true)                                                             \
	KN_SYM(virDomainIsActive, true)                                                            \
	KN_SYM(virDomainGetXMLDesc, true)                                                          \
	KN_SYM(virDomainFree, true)

/* The library's functions, under their own names. */
struct kn_libvirt {
#define KN_SYM(name, needed) __typeof__(&(name)) name;
	KN_LIBVIRT_SYMBOLS(KN_SYM)
#undef KN_SYM
};

#endif
