package manifest_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/mask/catalog"
	"github.com/odooops/odooops/ops/mask/manifest"
	"github.com/odooops/odooops/ops/mask/plan"
)

// recorded is the catalog of an Odoo 19 with the modules that the manifest is
// for. To record it again: go test ./ops/mask/manifest -run Recorded -record DSN
const recorded = "testdata/catalog-odoo19.json.gz"

var record = flag.String("record", "", "database to record the catalog of")

func TestRecordedCatalogIsOfTheModulesOfTheManifest(t *testing.T) {
	if *record != "" {
		recordCatalog(t, *record)
	}
	modules := map[string]bool{}
	for _, table := range tables(t) {
		for _, column := range table.Columns {
			modules[column.Module] = true
		}
	}
	for _, want := range strings.Fields("base mail web portal website sale crm account hr stock purchase project") {
		assert.True(t, modules[want], "no column of %s is in %s", want, recorded)
	}
}

func TestEveryColumnOfOdooIsClassified(t *testing.T) {
	p := plan.New(load(t), tables(t))
	for _, u := range p.Unclassified {
		t.Errorf("%s.%s (%s, of %s) has no class; proposed: %s", u.Table, u.Column, u.Type, u.Module, u.Proposal)
	}
	for _, problem := range p.Problems {
		t.Error(problem)
	}
	for _, unused := range p.Unused {
		t.Errorf("%s is in no module that the manifest is for", unused)
	}
}

// By hand, from what Odoo 19 is known to hold: a proposal or a reviewer's slip
// must not make one of them keep.
var personal = map[string]string{
	"res_partner":                 "name complete_name ref vat company_registry website function street street2 zip city email email_normalized phone phone_sanitized commercial_company_name company_name properties barcode comment partner_latitude partner_longitude peppol_endpoint global_location_number",
	"res_partner_bank":            "acc_number sanitized_acc_number clearing_number acc_holder_name note",
	"res_users":                   "login password signature totp_secret out_of_office_message",
	"res_company":                 "name email phone company_details report_header report_footer logo_web",
	"res_bank":                    "street email phone",
	"mail_message":                "subject body email_from reply_to message_id incoming_email_to incoming_email_cc outgoing_email_to",
	"mail_tracking_value":         "old_value_char new_value_char old_value_text new_value_text old_value_integer new_value_integer old_value_float new_value_float old_value_datetime new_value_datetime",
	"mail_notification":           "mail_email_address sms_number",
	"mail_activity":               "res_name summary note feedback",
	"mail_guest":                  "name email access_token",
	"mail_blacklist":              "email",
	"mail_gateway_allowed":        "email email_normalized",
	"mail_alias":                  "alias_name alias_full_name",
	"mail_template":               "email_from email_to email_cc reply_to body_html subject",
	"mail_canned_response":        "source substitution",
	"discuss_channel":             "name description uuid",
	"ir_attachment":               "name description url access_token index_content db_datas store_fname",
	"ir_mail_server":              "smtp_host smtp_user smtp_pass smtp_ssl_certificate smtp_ssl_private_key google_gmail_refresh_token google_gmail_access_token microsoft_outlook_refresh_token microsoft_outlook_access_token",
	"fetchmail_server":            "server user password google_gmail_refresh_token google_gmail_access_token microsoft_outlook_refresh_token microsoft_outlook_access_token",
	"ir_act_server":               "webhook_url code",
	"ir_filters":                  "name domain context",
	"ir_ui_view":                  "arch_db arch_prev",
	"iap_account":                 "account_token",
	"rating_rating":               "feedback access_token",
	"crm_lead":                    "name contact_name partner_name email_from email_cc email_normalized phone phone_sanitized street street2 zip city website function description referred lead_properties",
	"calendar_event":              "name location description notes videocall_location access_token",
	"calendar_attendee":           "common_name access_token",
	"hr_employee":                 "name legal_name work_phone mobile_phone work_email private_phone private_email birthday place_of_birth permit_no visa_no emergency_contact emergency_phone barcode pin private_car_plate study_field study_school salary_distribution employee_properties",
	"hr_version":                  "identification_id ssnid passport_id sex marital children spouse_complete_name spouse_birthdate private_street private_street2 private_zip private_city wage departure_description additional_note",
	"hr_resume_line":              "name description",
	"resource_resource":           "name",
	"account_move":                "ref narration invoice_partner_display_name invoice_source_email access_token payment_reference",
	"account_move_line":           "name ref",
	"account_bank_statement_line": "partner_name account_number payment_ref transaction_details",
	"payment_transaction":         "partner_name partner_email partner_address partner_zip partner_city partner_phone",
	"payment_token":               "payment_details provider_ref",
	"sale_order":                  "client_order_ref signed_by note access_token",
	"sale_order_line":             "name",
	"purchase_order":              "partner_ref note access_token",
	"purchase_order_line":         "name",
	"stock_picking":               "note origin",
	"project_project":             "name description access_token",
	"project_task":                "name description email_from email_cc partner_name partner_phone html_field_history task_properties",
	"website_page":                "url",
	"website_menu":                "url",
	"website_rewrite":             "name url_from url_to",
	"website_controller_page":     "name name_slugified",
	"website":                     "google_maps_api_key custom_code_head custom_code_footer",
}

// Gone altogether: sessions, logs, queues, keys of accounts.
var truncated = "auth_passkey_key auth_totp_device res_users_apikeys res_users_log res_device_log bus_bus mail_mail mail_push mail_push_device mail_presence mail_message_translation mail_link_preview mail_ice_server sms_sms snailmail_letter phone_blacklist privacy_log ir_logging ir_profile base_import_import website_visitor website_track"

func TestWhatIsPersonalIsNeverKept(t *testing.T) {
	m := load(t)
	for table, columns := range personal {
		for _, column := range strings.Fields(columns) {
			class, known := m.Tables[table].Columns[column]
			assert.True(t, known, "%s.%s has no class", table, column)
			assert.NotEqual(t, manifest.Keep, class.Action, "%s.%s", table, column)
		}
	}
	for _, table := range strings.Fields(truncated) {
		assert.True(t, m.Tables[table].Truncate, "%s is not truncated", table)
	}
}

var (
	secretName    = regexp.MustCompile(`(^|_)(password|passwd|pass|pin|secret|secrets|token|tokens|apikey|api_key|private_key|credential|credentials|totp_secret|maps_api_key|analytics_key|shared_key)$`)
	notSecretName = regexp.MustCompile(`token_expiration$`)
)

func TestWhatIsNamedASecretIsReplaced(t *testing.T) {
	m := load(t)
	for _, table := range tables(t) {
		entry := m.Tables[table.Name]
		for _, column := range table.Columns {
			if entry.Truncate || column.Family != catalog.Text && column.Family != catalog.Bytes ||
				!secretName.MatchString(column.Name) || notSecretName.MatchString(column.Name) {
				continue
			}
			class := entry.Columns[column.Name]
			assert.Contains(t, []manifest.Action{manifest.Secret, manifest.Null}, class.Action, "%s.%s", table.Name, column.Name)
		}
	}
	for _, key := range []string{"database.secret", "database.uuid"} {
		class, _ := m.Parameter(key)
		assert.Equal(t, manifest.Secret, class.Action, key)
	}
	for _, key := range []string{
		"mail.web_push_vapid_private_key", "mail.sfu_server_key", "mail.twilio_account_token", "database.enterprise_code",
		"google_gmail_client_secret", "microsoft_outlook_client_secret", "recaptcha_private_key", "unsplash.access_key",
	} {
		class, known := m.Parameter(key)
		assert.True(t, !known || class.Action != manifest.Keep, "%s is kept", key)
	}
}

// A prefix that keeps would also keep a key that a later version puts there.
func TestNoPrefixOfParametersKeepsSecrets(t *testing.T) {
	for key, class := range load(t).Parameters {
		if strings.HasSuffix(key, "*") && class.Action == manifest.Keep {
			assert.True(t, slices.Contains(settings, key), "%s keeps whatever comes: name the keys, or say here why not", key)
		}
	}
}

// Ours.
var settings = []string{"odooops.*"}

// Copies that Odoo keeps of one value: the same kind, so that they stay copies.
var copies = [][]string{
	{"res_partner.name", "res_partner.complete_name", "res_partner.commercial_company_name", "res_partner.company_name", "res_company.name",
		"hr_employee.name", "hr_employee.legal_name", "resource_resource.name", "account_move.invoice_partner_display_name",
		"crm_lead.contact_name", "crm_lead.partner_name", "project_task.partner_name", "project_task.partner_company_name",
		"calendar_attendee.common_name", "payment_transaction.partner_name", "sale_order.signed_by", "account_bank_statement_line.partner_name",
		"res_partner_bank.acc_holder_name"},
	{"res_partner.email", "res_company.email", "crm_lead.email_from", "mail_message.email_from", "mail_message.reply_to", "project_task.email_from", "payment_transaction.partner_email"},
	{"res_partner.email_normalized", "crm_lead.email_normalized", "mail_blacklist.email", "mail_guest.email", "hr_employee.work_email", "mail_notification.mail_email_address"},
	{"res_partner.phone", "res_company.phone", "crm_lead.phone", "hr_employee.work_phone", "hr_employee.mobile_phone", "project_task.partner_phone", "payment_transaction.partner_phone"},
	{"res_partner.phone_sanitized", "crm_lead.phone_sanitized"},
	{"account_move.ref", "account_move_line.ref"},
	{"stock_picking.origin", "stock_move.origin"},
	{"res_partner.street", "crm_lead.street", "payment_transaction.partner_address", "hr_version.private_street"},
	{"res_partner.city", "crm_lead.city", "payment_transaction.partner_city", "hr_version.private_city"},
}

func TestCopiesOfAValueStayCopies(t *testing.T) {
	m := load(t)
	class := func(name string) string {
		table, column, _ := strings.Cut(name, ".")
		return m.Tables[table].Columns[column].String()
	}
	for _, names := range copies {
		for _, name := range names[1:] {
			assert.Equal(t, class(names[0]), class(name), "%s is a copy of %s", name, names[0])
		}
	}
}

func load(t *testing.T) *manifest.Manifest {
	t.Helper()
	sources, err := manifest.Sources()
	require.NoError(t, err)
	m, err := manifest.Parse(sources)
	require.NoError(t, err)
	return m
}

func tables(t *testing.T) []*catalog.Table {
	t.Helper()
	f, err := os.Open(recorded)
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	var all []*catalog.Table
	require.NoError(t, json.NewDecoder(z).Decode(&all))
	return all
}

func recordCatalog(t *testing.T, dsn string) {
	t.Helper()
	c, err := pgx.Connect(context.Background(), dsn)
	require.NoError(t, err)
	defer c.Close(context.Background())
	all, err := catalog.Tables(context.Background(), c)
	require.NoError(t, err)
	for _, table := range all {
		table.Pages, table.Bytes = 0, 0
	}
	require.NoError(t, os.MkdirAll("testdata", 0o755))
	f, err := os.Create(recorded)
	require.NoError(t, err)
	z := gzip.NewWriter(f)
	require.NoError(t, json.NewEncoder(z).Encode(all))
	require.NoError(t, z.Close())
	require.NoError(t, f.Close())
}
