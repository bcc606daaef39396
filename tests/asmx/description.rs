//! 15: what the service says of itself.

use crate::expected::Expected::{Page, Xml};
use crate::expected::check;
use crate::wire::{AUTH, SYNC, ask, simulator};

/// WSDL for toolkits, a page for people.
#[test]
fn services_describe_themselves() {
    check(
        &simulator(&[]),
        vec![
            (
                15,
                ask(&format!("GET {SYNC}?wsdl"), &[], ""),
                Xml(&[
                    "<wsdl:port name=\"LeaderTaskSyncServiceSoap\"",
                    "<wsdl:port name=\"LeaderTaskSyncServiceHttpGet\"",
                    "<wsdl:port name=\"LeaderTaskSyncServiceHttpPost\"",
                    "<soap:address location=\"http://sim.test:81/LeaderTaskSyncService.asmx\" />",
                    "minOccurs=\"0\" maxOccurs=\"1\" name=\"push_token\" type=\"s:string\"",
                    "minOccurs=\"1\" maxOccurs=\"1\" name=\"error_code\" type=\"s:int\"",
                ]),
            ),
            (
                15,
                ask(&format!("GET {AUTH}?WsDl"), &[], ""),
                Xml(&[
                    "<wsdl:port name=\"authSoap\"",
                    "<soap:address location=\"http://sim.test:81/auth.asmx\" />",
                    "soapAction=\"http://ws.euromsg.com/auth/Logout\"",
                ]),
            ),
            (15, ask(&format!("GET {SYNC}"), &[], ""), Page(200, "method=\"post\"")),
            (
                15,
                ask(&format!("GET {AUTH}"), &[], ""),
                Page(200, "&lt;ServiceTicket&gt;string&lt;/ServiceTicket&gt;"),
            ),
        ],
    );
}
