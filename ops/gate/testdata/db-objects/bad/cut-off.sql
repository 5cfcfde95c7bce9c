--
-- PostgreSQL database dump
--

\restrict 5eO7KiWzDA2PMPA3ig3uHzqx0WhwY4Ne2KNtYDBmodaxL0zhcayFcIvNmTD6hyh

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: base_cache_signaling; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.base_cache_signaling
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE public.base_cache_signaling OWNER TO postgres;

SET default_tablespace = '';

--
-- Name: log; Type: TABLE; Schema: public; Owner: postgres
--

