"""Which errors of a database are refusals: waiting makes no password right, no database appear and no right be given."""

from __future__ import annotations

import re

import psycopg

LOGIN = "the user and the password"
USER = "the user's name (behind a pooler of several projects it ends in .project)"
DATABASE = "the name of the database, and whether it takes connections"
RIGHT = (
    "the rights of the user (make setup needs the tables' owner, the pipeline what sql/roles/create_roles.sql grants)"
)
ACCESS = "who may come in from here (pg_hba.conf, or the provider's list of addresses and its settings of TLS)"
TLS = "sslmode and its certificates in the address"
STARTUP = "the parameters in the address: the pooler does not take them"

# What the server says in a way that does not depend on its language. Too many connections (53300) is no refusal.
_BY_SQLSTATE = {
    "28P01": LOGIN,
    "28000": ACCESS,
    "3D000": DATABASE,
    "42501": RIGHT,
    "0P000": USER,
    "08P01": STARTUP,
}

# libpq hands on no SQLSTATE of a connection that did not come about, so these are known by their words: those of
# PostgreSQL, of its translations (a server speaks its own lc_messages until somebody is let in), of libpq and of poolers.
_BY_WORDS = (
    (
        LOGIN,
        r"authentication failed|no password supplied|(wrong|incorrect|invalid) password|password .* (is wrong|has expired)"
        r"|auth(entication)? (failed|error)|circuit ?breaker.* authenti|has no credentials for the role|no credentials found"
        r"|authentifizierung f.r benutzer .* fehlgeschlagen|autentificaci.n.* fall. para el usuario"
        r"|authentification .*.chou.e|autenticazione .*fallita|falha (na|da) autentica|falhou a autentica"
        r"|не прош.л проверку подлинности|не пройшов автентифікацію|認証に失敗|认证失败|认证.*失败|驗證失敗|인증을 실패"
        r"|autentisering misslyckades|ავთენტიფიკაცია .*ვერ|ავთენტიკაციის შეცდომა"
        r"|autoryzacja .*nie powiod|uwierzytelnianie .*nie powiod"
        r"|yetkilendirmesi ba.ar.s.z|kimlik do.rulama.* ba.ar.s.z|autentizace .*selhala",
    ),
    (
        USER,
        r"role \"[^\"]*\" does not exist|no such user|user not found|tenant/user|no tenant|is not permitted to log ?in"
        r"|no pool configured|route for .* (is )?not found|external_id|no tenant identifier"
        r"|endpoint id is not specified|requested endpoint could not be found|endpoint .*(is disabled|not found)"
        r"|rolle .* existiert nicht|keine berechtigung zum einloggen|no existe el rol|rol .* no se le permite"
        r"|r.le .* n.existe pas|autoris. . se connecter|ruolo .* non (esiste|. consentito)|role? .* n.o existe"
        r"|роль .* не (существует|існує)|вход запрещ.н|вхід не дозволений|ロール.*(存在しません|許可されません)"
        r"|角色.*(不存在|登录|登入)|롤\(role\) 없음|롤은 접속을 허용하지|roll(en)? .* (finns inte|till.ts inte)|როლი არ არსებობს"
        r"|როლს შესვლის|rola .* nie istnieje|rol. .* (mevcut|bulunmamaktad)",
    ),
    (
        DATABASE,
        r"database \"[^\"]*\" does not exist|no such database|not currently accepting connections|database .* is disabled"
        r"|datenbank .* (existiert nicht|akzeptiert gegenw.rtig keine)|(no existe la )?base de datos .* no acepta"
        r"|no existe la base de datos|base de donn.es .* n.(existe pas|accepte plus)|database .* non (esiste|accetta)"
        r"|database .* attualmente non accetta|banco de dados .* n.o (existe|est. aceitando)"
        r"|баз[аи] (данных |даних )?\"[^\"]*\" не (существует|принимает|існує|приймає)"
        r"|データベース.*(存在しません|接続を受け付けません)"
        r"|数据库.*(不存在|不接受)|資料庫.*(不存在|不接受)|데이터베이스( 없음|는 현재 접속을)"
        r"|databasen .* (existerar inte|tar f.r n)"
        r"|ბაზა .*(არ არსებობს|არ იღებს)|baza danych .* nie (istnieje|akceptuje)|veritaban. .* (mevcut|ba.lant)",
    ),
    (
        RIGHT,
        r"permission denied for database|keine berechtigung f.r datenbank|permiso denegado a la base|droit refus. pour la base"
        r"|permesso negato per il database|permiss.o negada para (o )?banco|нет доступа к базе|доступ к базе .* запрещ"
        r"|немає доступу для бази|доступ до бази .* відхилен|データベース.*アクセスが拒否|数据库.*权限不够|資料庫.*權限"
        r"|데이터베이스 (접근|액세스) 권한|r.ttighet saknas f.r databas|წვდომა აკრძალულია",
    ),
    (
        ACCESS,
        r"pg_hba\.conf|not in (the )?(tenant )?allow.?list|address .* (is )?not allowed|ip .*(is )?(blocked|not allowed)",
    ),
    (
        TLS,
        r"(ssl|tls) (connection )?(is )?required|requires? (tls|ssl)|connection is insecure"
        r"|does not support ssl, but ssl was required"
        r"|certificate verify failed|server certificate for .* does not match|root certificate file .* does not exist"
        r"|certificate file .* does not exist",
    ),
    (STARTUP, r"unsupported startup parameter"),
)
_WORDS = [(what, re.compile(pattern, re.IGNORECASE | re.DOTALL)) for what, pattern in _BY_WORDS]


def what_to_correct(error: psycopg.Error) -> str | None:
    """What a person has to correct before this can succeed; None when it may pass by itself."""
    if error.sqlstate is not None:
        # A protocol violation is a refusal only where it names a parameter: a pooler files other, passing things there.
        found = _BY_SQLSTATE.get(error.sqlstate)
        if found is not STARTUP:
            return found
    elif not isinstance(error, psycopg.OperationalError):
        return None
    return next((what for what, pattern in _WORDS if pattern.search(str(error))), None)


def explain(error: psycopg.Error, password: str | None = None) -> str | None:
    """What to tell whoever runs this when the server does not let us in; None when it may yet."""
    wrong = what_to_correct(error)
    if wrong is None:
        return None
    return (
        f"The database refuses us: {words_of(error, password)}. Correct {wrong}: POSTGRES_URL_NON_POOLING or the DB_ "
        "settings in .env (or the Airflow connection 'comets_db')."
    )


def words_of(error: BaseException, password: str | None = None) -> str:
    """The error on one line, without the password, should somebody's server or a broken address repeat it."""
    text = " ".join(str(error).split()).rstrip(".")
    return text.replace(password, "***") if password else text
