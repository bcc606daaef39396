//! Certificates of a private authority, made by openssl.

use std::process::{Command, Stdio};

use super::Folder;

/// An authority in a folder of its own: `ca.pem`, and what it signs.
pub struct Authority {
    pub folder: Folder,
}

impl Authority {
    pub fn new() -> Self {
        let authority = Self { folder: Folder::new() };
        let ca = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 3650 \
                  -subj /CN=gander-test-authority -addext basicConstraints=critical,CA:TRUE \
                  -addext keyUsage=critical,keyCertSign";
        authority.openssl(&format!("req {ca} -keyout ca.key -out ca.pem"));
        authority
    }

    /// A certificate for `name`, valid between the two (`YYYYMMDDHHMMSSZ`): `file.pem`, `file.key`.
    pub fn sign(&self, file: &str, name: &str, (from, to): (&str, &str)) {
        let subject = name.split(':').nth(1).expect("a kind and a name, such as DNS:localhost");
        self.folder.file(&format!("{file}.ext"), format!("subjectAltName={name}\n"));
        self.openssl(&format!(
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -subj /CN={subject} \
             -keyout {file}.key -out {file}.csr"
        ));
        self.folder.file("index.txt", "");
        self.folder.file("ca.cnf", CONFIGURATION);
        self.openssl(&format!(
            "ca -batch -notext -config ca.cnf -create_serial -startdate {from} -enddate {to} \
             -in {file}.csr -out {file}.pem -extfile {file}.ext"
        ));
    }

    pub fn path(&self, file: &str) -> String {
        format!("{}/{file}", self.folder.path())
    }

    fn openssl(&self, arguments: &str) {
        let mut command = Command::new("openssl");
        command.args(arguments.split_whitespace()).current_dir(&self.folder.0);
        let output = command.stdin(Stdio::null()).output().expect("openssl starts");
        assert!(
            output.status.success(),
            "openssl {arguments}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

const CONFIGURATION: &str = "\
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
serial = serial
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
";
