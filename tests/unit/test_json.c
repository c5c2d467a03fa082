/* The JSON writer: one valid document, whatever bytes the host gave.
 * Layer: tests. */
#include "view_fixture.h"

#include <json-c/json.h>

#include "codec/json.h"

static struct kn_json *begin(void)
{
	struct kn_json *json = NULL;

	OK(kn_json_new(&json, &err));
	return json;
}

/* Takes @json. */
static void assert_document(struct kn_json *json, const char *want)
{
	struct kn_buf buf KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	OK(kn_json_finish(json, &buf, &err));
	kn_json_free(json);
	assert_string_equal(kn_buf_str(&buf), want);
	struct json_object *parsed = json_tokener_parse(kn_buf_str(&buf));
	assert_non_null(parsed);
	json_object_put(parsed);
}

static void members_keep_their_order_and_are_indented_by_two(void **state)
{
	struct kn_json *json = begin();

	(void)state;
	kn_json_str(json, "z", "text");
	kn_json_array(json, "a");
	kn_json_int(json, NULL, -7);
	kn_json_object(json, NULL);
	kn_json_bool(json, "yes", true);
	kn_json_null(json, "none");
	kn_json_end(json);
	kn_json_end(json);
	kn_json_str(json, "last", NULL);
	assert_document(json, "{\n"
			      "  \"z\": \"text\",\n"
			      "  \"a\": [\n"
			      "    -7,\n"
			      "    {\n"
			      "      \"yes\": true,\n"
			      "      \"none\": null\n"
			      "    }\n"
			      "  ],\n"
			      "  \"last\": null\n"
			      "}\n");
}

static void slashes_stay_as_they_are(void **state)
{
	struct kn_json *json = begin();

	(void)state;
	kn_json_str(json, "path", "/etc/x");
	assert_document(json, "{\n  \"path\": \"/etc/x\"\n}\n");
}

static void every_invalid_utf8_byte_becomes_u_fffd(void **state)
{
	struct kn_json *json = begin();

	(void)state;
	/* Latin-1, a cut sequence, an overlong one, a surrogate; a good one between them. */
	kn_json_str(json, "a", "caf\xe9");
	kn_json_str(json, "b", "\xe2\x82");
	kn_json_str(json, "c", "\xc0\xaf \xe2\x82\xac");
	kn_json_str(json, "d", "\xed\xa0\x80");
	assert_document(json, "{\n"
			      "  \"a\": \"caf\xef\xbf\xbd\",\n"
			      "  \"b\": \"\xef\xbf\xbd\xef\xbf\xbd\",\n"
			      "  \"c\": \"\xef\xbf\xbd\xef\xbf\xbd \xe2\x82\xac\",\n"
			      "  \"d\": \"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"\n"
			      "}\n");
}

static void bytes_that_a_terminal_obeys_are_escaped(void **state)
{
	struct kn_json *json = begin();

	(void)state;
	kn_json_str(json, "x",
		    "\033[2J\x7f\xc2\x9b"
		    "2J");
	assert_document(json, "{\n  \"x\": \"\\u001b[2J\\u007f\\u009b2J\"\n}\n");
}

static void nul_bytes_do_not_end_a_string(void **state)
{
	struct kn_json *json = begin();

	(void)state;
	kn_json_bytes(json, "x", "a\0b", 3);
	kn_json_bytes(json, "y", "", 0);
	assert_document(json, "{\n  \"x\": \"a\\u0000b\",\n  \"y\": \"\"\n}\n");
}

static void centiseconds_are_written_as_seconds(void **state)
{
	struct kn_json *json = begin();

	(void)state;
	kn_json_seconds(json, "whole", 1500);
	kn_json_seconds(json, "part", 20);
	kn_json_seconds(json, "least", 5);
	kn_json_seconds(json, "max", UINT32_MAX);
	assert_document(json, "{\n"
			      "  \"whole\": 15,\n"
			      "  \"part\": 0.20,\n"
			      "  \"least\": 0.05,\n"
			      "  \"max\": 42949672.95\n"
			      "}\n");
}

static void too_deep_a_document_fails_and_writes_nothing(void **state)
{
	struct kn_json *json = begin();
	struct kn_buf buf = KN_BUF_INIT;
	struct kn_error err = {0};

	(void)state;
	for (int i = 0; i < 40; i++)
		kn_json_object(json, "x");
	for (int i = 0; i < 60; i++)
		kn_json_end(json);
	assert_int_equal(kn_json_finish(json, &buf, &err), -1);
	assert_int_equal(err.kind, KN_ERR_NOMEM);
	assert_int_equal(buf.len, 0);
	kn_json_free(json);
}

static void freeing_nothing_is_fine(void **state)
{
	struct kn_json *json = NULL;

	(void)state;
	kn_json_free(json);
	kn_json_freep(&json);
	assert_null(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_keep_their_order_and_are_indented_by_two),
		cmocka_unit_test(slashes_stay_as_they_are),
		cmocka_unit_test(every_invalid_utf8_byte_becomes_u_fffd),
		cmocka_unit_test(bytes_that_a_terminal_obeys_are_escaped),
		cmocka_unit_test(nul_bytes_do_not_end_a_string),
		cmocka_unit_test(centiseconds_are_written_as_seconds),
		cmocka_unit_test(too_deep_a_document_fails_and_writes_nothing),
		cmocka_unit_test(freeing_nothing_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
