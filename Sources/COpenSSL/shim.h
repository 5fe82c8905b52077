// OpenSSL 3 for Swift: its headers, and the calls that are macros there.
#pragma once

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static inline int co_set_minimum_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_min_proto_version(context, version);
}

static inline int co_set_groups(SSL_CTX *context, const char *names) {
    return (int)SSL_CTX_set1_groups_list(context, (char *)names);
}

/// No renegotiation, no compression; our order of ciphers, but ChaCha20 first for clients that ask
/// for it first: they have no hardware for AES.
static inline void co_set_options(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
}

/// After a handshake the client gets one ticket, not OpenSSL's two: sealing one is work on the way
/// of every connection, and whoever resumes with one gets another.
static inline int co_give_one_ticket(SSL_CTX *context) {
    return SSL_CTX_set_num_tickets(context, 1);
}

/// A write may be repeated from another place, may be done in part, and an idle session holds no
/// buffers.
static inline void co_set_modes(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
}

static inline void co_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }
static inline void co_set_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void co_set_retry_write(BIO *bio) { BIO_set_retry_write(bio); }

static inline void co_disable_session_cache(SSL_CTX *context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

/// Sessions are given to the callback, and kept nowhere else.
static inline void co_keep_sessions_outside(SSL_CTX *context,
                                            int (*keep)(SSL *, SSL_SESSION *)) {
    SSL_CTX_set_session_cache_mode(
        context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, keep);
}

static inline int co_set_server_name(SSL *session, const char *name) {
    return (int)SSL_set_tlsext_host_name(session, name);
}

/// Takes a reference of its own.
static inline int co_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(context, certificate);
}

static inline void co_set_status_callback(SSL_CTX *context, int (*callback)(SSL *, void *)) {
    SSL_CTX_set_tlsext_status_cb(context, callback);
}

/// Copies the response: OpenSSL frees what it is given with its own allocator.
static inline int co_set_status_response(SSL *session, const void *response, size_t count) {
    void *copy = OPENSSL_memdup(response, count);
    if (copy == NULL) return 0;
    return (int)SSL_set_tlsext_status_ocsp_resp(session, copy, (long)count);
}

/// The names a certificate is for; free with `co_free_names`. NULL where it has none.
static inline GENERAL_NAMES *co_names(const X509 *certificate) {
    return (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}

static inline int co_names_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }

/// The octets of one name: text of a DNS name, or the 4 or 16 octets of an address (`is_address`).
/// NULL for a name of another kind.
static inline const unsigned char *co_name(const GENERAL_NAMES *names, int index, int *count,
                                           int *is_address) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
    const ASN1_STRING *octets;
    if (name->type == GEN_DNS) {
        octets = name->d.dNSName;
        *is_address = 0;
    } else if (name->type == GEN_IPADD) {
        octets = name->d.iPAddress;
        *is_address = 1;
    } else {
        return NULL;
    }
    *count = ASN1_STRING_length(octets);
    return ASN1_STRING_get0_data(octets);
}

static inline void co_free_names(GENERAL_NAMES *names) { GENERAL_NAMES_free(names); }

static inline int co_push_certificate(STACK_OF(X509) *stack, X509 *certificate) {
    return sk_X509_push(stack, certificate);
}

static inline STACK_OF(X509) *co_new_stack(void) { return sk_X509_new_null(); }

/// Frees the stack, not what is in it.
static inline void co_free_stack(STACK_OF(X509) *stack) { sk_X509_free(stack); }
