/* Makes lines of an ifcfg file whose values are as nasty as text can be, rightly quoted, and says
 * what a shell has to read. For tests/fault/shell.sh:
 *
 *	values SEED LINES WANT   appends the assignments to LINES, "KEY=value" lines to WANT
 *	values SEED              prints three words for the command line: zone, domain, something
 *nasty
 *
 * Layer: tests, effects (the two files). */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MAX 400

static const char *const keys[] = {
	"NAME",
	"ETHTOOL_OPTS",
	"DESCRIPTION",
	"NOTE",
	"NOTE2",
	"OWNER",
	"SITE_RACK",
	"_x",
	"BACKUP_PLAN",
	"COMMENT",
	"RES_OPTIONS",
	"DHCP_HOSTNAME",
	"DHCP_CLIENT_ID",
	"DHCP_FQDN",
	"DHCP_VENDOR_CLASS",
	"DHCLIENTARGS",
	"EXTRA_ROUTE_OPTS",
	"IPV6_PRIVACY",
	"IPV6_NOTE",
	"DHCPV6C_OPTIONS",
	"IPV6_ADDR_GEN",
	"SCOPE",
	"WINDOW",
	"ARPCHECK",
};

#define FIRST_CARRIED 10 /* RES_OPTIONS: from there on they move to the bridge's file */

/* "evil" is a command that leaves a trace. */
static const char *const atoms[] = {
	"$(evil)",
	"`evil`",
	";evil;",
	"|evil",
	"&evil&",
	"\"",
	"'",
	"\\",
	"$",
	"${HOME}",
	"$HOME",
	"$$",
	"$(",
	"${",
	"`",
	"!!",
	"!evil",
	"*",
	"?",
	"[a-z]*",
	"~",
	"~root",
	"#",
	" #",
	" ",
	"  ",
	"\t",
	"=",
	"DEVICE=",
	"TYPE=",
	"SLAVE=",
	"NM_CONTROLLED=",
	"TYPE=$(evil)",
	"DEVICE=`evil`",
	"\"$(evil)\"",
	"'$(evil)'",
	"';evil;'",
	"\";evil;\"",
	"\\$(evil)",
	"\\\"$(evil)",
	"\\`evil`",
	"$'evil'",
	"$'\\n'evil",
	"$\"evil\"",
	"<(evil)",
	">(evil)",
	">evil",
	"<<evil",
	"(evil)",
	"{evil,}",
	"$((evil))",
	"$[evil]",
	"${x:-$(evil)}",
	"${x:=`evil`}",
	"evil",
	"a",
	"eth7",
	"-n",
	"--",
	"\\n",
	"\\x41",
	"%s%n",
	"\xc3\xbc",
	"\xe4\xbd\xa0",
	"\xe2\x80\xae",
	"0",
	"\\\\",
	"&&evil",
	"||evil",
	"if evil; then",
	"fi",
	"}",
	")",
	"eval evil",
	"exec evil",
	". evil",
	"\\ evil",
	"x=1 evil",
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint32_t state;

static uint32_t below(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % n;
}

/* What kvmnet refuses to carry into another file. */
static bool is_carried(const char *text)
{
	static const char *const refused[] = {"DEVICE=", "TYPE=", "SLAVE=", "NM_CONTROLLED=", "\t"};

	for (size_t i = 0; i < COUNT(refused); i++)
		if (strstr(text, refused[i]))
			return false;
	return true;
}

static void make_value(char value[VALUE_MAX])
{
	size_t len = 0;

	for (uint32_t n = below(7); n > 0; n--) {
		char one[2] = {(char)(' ' + below('~' - ' ' + 1)), '\0'};
		const char *atom = below(4) ? atoms[below(COUNT(atoms))] : one;

		len += (size_t)snprintf(value + len, VALUE_MAX - len, "%s", atom);
	}
	value[len] = '\0';
}

/* A file of one's own is quoted as people do it: the four ways that every shell knows. */
static void put_quoted(FILE *out, const char *value)
{
	const char *special = "";
	uint32_t style = below(3);

	if (!*value)
		style = 1 + style % 2;
	if (style == 1)
		special = "'";
	if (style == 2)
		special = "\\\"$`";
	fputs(style == 1 ? "'" : style == 2 ? "\"" : "", out);
	for (const char *c = value; *c; c++) {
		if (style == 1 && *c == '\'')
			fputs("'\\''", out);
		else if (style == 0 && !strchr("abcdefghijklmnopqrstuvwxyz0123456789_", *c) &&
			 (unsigned char)*c < 0x80)
			fprintf(out, "\\%c", *c);
		else if (style == 2 && strchr(special, *c))
			fprintf(out, "\\%c", *c);
		else
			fputc(*c, out);
	}
	fputs(style == 1 ? "'" : style == 2 ? "\"" : "", out);
}

static int put_lines(const char *lines_path, const char *want_path)
{
	FILE *lines = fopen(lines_path, "a"), *want = fopen(want_path, "w");

	if (!lines || !want) {
		perror("values");
		return 1;
	}
	for (size_t i = 0; i < COUNT(keys); i++) {
		char value[VALUE_MAX];

		do {
			make_value(value);
		} while (i >= FIRST_CARRIED && below(500) && !is_carried(value));
		fprintf(lines, "%s=", keys[i]);
		put_quoted(lines, value);
		fputs(below(4) ? "\n" : " # a remark\n", lines);
		fprintf(want, "%s=%s\n", keys[i], value);
	}
	return fclose(lines) || fclose(want);
}

static int put_words(void)
{
	static const char *const zones[] = {"public", "trusted", "work-2", "DMZ_1", "drop"};
	static const char *const domains[] = {"example.com", "a.b-c.example", "lan", "x--y.org"};
	char value[VALUE_MAX];

	make_value(value);
	printf("%s\n%s\n%s$(evil)\n", zones[below(COUNT(zones))], domains[below(COUNT(domains))],
	       value);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 2 && argc != 4) {
		fprintf(stderr, "usage: values SEED [LINES WANT]\n");
		return 125;
	}
	state = ((uint32_t)strtoumax(argv[1], NULL, 10) + 1) * 2654435761u;
	if (!state)
		state = 1;
	for (int i = 0; i < 8; i++)
		(void)below(2);
	return argc == 4 ? put_lines(argv[2], argv[3]) : put_words();
}
