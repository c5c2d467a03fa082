/* The two programs of the splice, in hand-written instructions with names for the jump targets.
 * Two dozen instructions need neither a compiler for them nor a loader library.
 * Layer: live, effects. Source: Documentation/bpf/standardization/instruction-set.rst of the
 * kernel; numbers of helpers, field offsets and return values: linux/bpf.h. */
#include "live/splice_prog.h"

#include <endian.h>
#include <linux/if_ether.h>
#include <stdbool.h>

#include "live/bpf.h"

enum reg {
	R0, /* results */
	R1, /* arguments: R1 to R5, lost by a call */
	R2,
	R3,
	R4,
	R6 = 6, /* kept across calls */
	R7,
	R10 = 10, /* top of the stack */
};

enum helper {
	REDIRECT = 23,	     /* (ifindex, flags): hand the frame over when the program returns */
	CLONE_REDIRECT = 13, /* (frame, ifindex, flags): hand a copy over at once */
	LOAD_BYTES = 26,     /* (frame, offset, to, length): 0, or negative past the end */
};

#define TO_INGRESS 1  /* BPF_F_INGRESS: received by the device, not sent */
#define TCX_NEXT   -1 /* not decided here: on to other programs, then the usual way */

/* Fields of struct __sk_buff. */
enum field {
	PROTOCOL = 16,
	VLAN_PRESENT = 20,
	VLAN_TCI = 24,
};

/* Offsets from the frame's start. RFC 826; RFC 8200 section 3; RFC 4861 section 4.4. */
#define ARP_OPERATION	 (ETH_HLEN + 6)
#define ARP_REPLY	 2
#define IPV6_NEXT_HEADER (ETH_HLEN + 6)
#define IPV6_HEADER	 40
#define ICMPV6		 58
#define NEIGHBOUR_ADVERT 136
#define VLAN_ID_MASK	 0x0fff /* IEEE 802.1Q: 0 is only a priority, the frame has no VLAN */
#define SCRATCH		 -8	/* eight bytes of stack */
#define WIRE16(x)	 ((BYTE_ORDER == LITTLE_ENDIAN) ? (((x)&0xff) << 8 | (x) >> 8) : (x))

/* Instruction classes and operations. */
#define OP_LDX_W   0x61
#define OP_LDX_H   0x69
#define OP_LDX_B   0x71
#define OP_LD_IMM  0x18
#define OP_MOV_IMM 0xb7
#define OP_MOV_REG 0xbf
#define OP_ADD_IMM 0x07
#define OP_AND_IMM 0x57
#define OP_JA	   0x05
#define OP_JEQ	   0x15
#define OP_JNE	   0x55
#define OP_CALL	   0x85
#define OP_EXIT	   0x95
#define OP_LABEL   0xff /* ours: no instruction, the place that jumps name */

/* A first pass over the program replaces these. */
enum label {
	PASS = 1, /* leave the frame alone */
	UNTAGGED,
	ARP,
	MOVE, /* the other device gets the frame */
	BOTH, /* both devices get it */
	N_LABELS,
};

#define PSEUDO_MAP_VALUE 2 /* BPF_PSEUDO_MAP_VALUE: the address of a one-element array's value */
#define PSEUDO_DEVICE	 1 /* ours, in the source register of a MOV: the other device's index */

#define INSN(code, dst, src, off, imm)                                                             \
	{                                                                                          \
		code, dst, src, off, imm                                                           \
	}
#define MOVI(d, i)	 INSN(OP_MOV_IMM, d, 0, 0, i)
#define MOVR(d, s)	 INSN(OP_MOV_REG, d, s, 0, 0)
#define ADDI(d, i)	 INSN(OP_ADD_IMM, d, 0, 0, i)
#define ANDI(d, i)	 INSN(OP_AND_IMM, d, 0, 0, i)
#define LDXW(d, s, o)	 INSN(OP_LDX_W, d, s, o, 0)
#define LDXH(d, s, o)	 INSN(OP_LDX_H, d, s, o, 0)
#define LDXB(d, s, o)	 INSN(OP_LDX_B, d, s, o, 0)
#define GOTO(label)	 INSN(OP_JA, 0, 0, label, 0)
#define JEQ(d, i, label) INSN(OP_JEQ, d, 0, label, i)
#define JNE(d, i, label) INSN(OP_JNE, d, 0, label, i)
#define CALL(helper)	 INSN(OP_CALL, 0, 0, 0, helper)
#define EXIT()		 INSN(OP_EXIT, 0, 0, 0, 0)
#define LABEL(label)	 INSN(OP_LABEL, 0, 0, label, 0)
#define OTHER_DEVICE(d)	 INSN(OP_MOV_IMM, d, PSEUDO_DEVICE, 0, 0)
/* The address of the switch: a 64-bit constant takes two slots. */
#define SWITCH_ADDRESS(d) INSN(OP_LD_IMM, d, PSEUDO_MAP_VALUE, 0, 0), INSN(0, 0, 0, 0, 0)

/* Bytes of the frame into SCRATCH; R0 is 0 when the frame is that long. */
#define LOAD(offset, length)                                                                       \
	MOVR(R1, R6), MOVI(R2, offset), MOVR(R3, R10), ADDI(R3, SCRATCH), MOVI(R4, length),        \
		CALL(LOAD_BYTES)

/* Everything that the host sends through the bridge leaves by the port. */
static const struct kn_bpf_insn egress[] = {
	SWITCH_ADDRESS(R1),
	LDXW(R1, R1, 0),
	ANDI(R1, KN_SPLICE_WORD_EGRESS),
	JEQ(R1, 0, PASS),
	/* Before the bridge's own queue, which drops everything while no port runs. */
	OTHER_DEVICE(R1),
	MOVI(R2, 0),
	CALL(REDIRECT),
	EXIT(),
	LABEL(PASS),
	MOVI(R0, TCX_NEXT),
	EXIT(),
};

/* What arrives on the port and speaks a protocol whose addresses move is received by the bridge.
 * Everything else (LLDP, 802.1X, LACP, VLANs) belongs to listeners on the port.
 * The answer to a resolution is needed by the device that asked. That may be either from the moment
 * that one direction is switched, so both get it: a resolution begun on the other device would
 * never end. */
static const struct kn_bpf_insn ingress[] = {
	MOVR(R6, R1),
	SWITCH_ADDRESS(R1),
	LDXW(R7, R1, 0),
	JEQ(R7, 0, PASS),
	/* Tagged frames stay; a bare priority tag does not make a VLAN. */
	LDXW(R1, R6, VLAN_PRESENT),
	JEQ(R1, 0, UNTAGGED),
	LDXW(R1, R6, VLAN_TCI),
	ANDI(R1, VLAN_ID_MASK),
	JNE(R1, 0, PASS),
	LABEL(UNTAGGED),
	LDXW(R1, R6, PROTOCOL),
	JEQ(R1, WIRE16(ETH_P_IP), MOVE),
	JEQ(R1, WIRE16(ETH_P_ARP), ARP),
	JNE(R1, WIRE16(ETH_P_IPV6), PASS),
	/* Neighbour advertisements carry no extension headers in practice. */
	LOAD(IPV6_NEXT_HEADER, 1),
	JNE(R0, 0, MOVE),
	LDXB(R1, R10, SCRATCH),
	JNE(R1, ICMPV6, MOVE),
	LOAD(ETH_HLEN + IPV6_HEADER, 1),
	JNE(R0, 0, MOVE),
	LDXB(R1, R10, SCRATCH),
	JEQ(R1, NEIGHBOUR_ADVERT, BOTH),
	GOTO(MOVE),
	LABEL(ARP),
	LOAD(ARP_OPERATION, 2),
	JNE(R0, 0, MOVE),
	LDXH(R1, R10, SCRATCH),
	JEQ(R1, WIRE16(ARP_REPLY), BOTH),
	LABEL(MOVE),
	ANDI(R7, KN_SPLICE_WORD_INGRESS),
	JEQ(R7, 0, PASS),
	OTHER_DEVICE(R1),
	MOVI(R2, TO_INGRESS),
	CALL(REDIRECT),
	EXIT(),
	LABEL(BOTH),
	MOVR(R1, R6),
	OTHER_DEVICE(R2),
	MOVI(R3, TO_INGRESS),
	CALL(CLONE_REDIRECT),
	LABEL(PASS),
	MOVI(R0, TCX_NEXT),
	EXIT(),
};

#define MAX_INSNS (sizeof(ingress) / sizeof(ingress[0]))

static bool is_jump(const struct kn_bpf_insn *insn)
{
	return insn->code == OP_JA || insn->code == OP_JEQ || insn->code == OP_JNE;
}

/* Drops the labels and notes where they stood. Return: the number of real instructions. */
static size_t place(const struct kn_bpf_insn *from, size_t n, struct kn_bpf_insn *to,
		    size_t *labels)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		if (from[i].code == OP_LABEL)
			labels[from[i].off] = used;
		else
			to[used++] = from[i];
	}
	return used;
}

/* Jump distances count from the next instruction. */
static void link_up(struct kn_bpf_insn *insns, size_t n, const size_t *labels, int map, int device)
{
	for (size_t i = 0; i < n; i++) {
		if (is_jump(&insns[i])) {
			insns[i].off = (int16_t)(labels[insns[i].off] - i - 1);
		} else if (insns[i].code == OP_LD_IMM) {
			insns[i].imm = map;
		} else if (insns[i].code == OP_MOV_IMM && insns[i].src == PSEUDO_DEVICE) {
			insns[i].src = 0;
			insns[i].imm = device;
		}
	}
}

static int load(const struct kn_bpf_insn *text, size_t n, int map, int device)
{
	struct kn_bpf_insn insns[MAX_INSNS];
	size_t labels[N_LABELS] = {0};
	size_t used = place(text, n, insns, labels);

	link_up(insns, used, labels, map, device);
	return kn_bpf_prog_load(insns, used);
}

int kn_splice_prog_ingress(int map, int bridge)
{
	return load(ingress, sizeof(ingress) / sizeof(ingress[0]), map, bridge);
}

int kn_splice_prog_egress(int map, int port)
{
	return load(egress, sizeof(egress) / sizeof(egress[0]), map, port);
}
