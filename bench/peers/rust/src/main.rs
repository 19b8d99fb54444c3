//! Peer "rust": rtnetlink 0.10 on a current-thread tokio runtime.
//! usage: rust-rtnetlink N X [fork]
//! default: the namespace is made by unshare + bind mount on the calling thread
//! (the thread goes back home before any request); "fork": NetworkNamespace::add,
//! the crate's own way, which forks a child for each namespace.
//! rust-rtnetlink dump TIMES: reads all links; prints how many there were and the microseconds of each time.
use futures::stream::{StreamExt, TryStreamExt};
use rtnetlink::packet::nlas::link::{Info, InfoData, InfoKind, Nla, VethInfo};
use rtnetlink::packet::{LinkMessage, NetlinkMessage, NetlinkPayload, RtnlMessage, IFF_UP, NLM_F_ACK, NLM_F_REQUEST};
use rtnetlink::{new_connection, Handle, NetworkNamespace};
use std::ffi::CString;
use std::fs::File;
use std::net::Ipv4Addr;
use std::os::unix::io::AsRawFd;
use std::time::Instant;

fn setns(f: &File) {
    assert_eq!(unsafe { libc::setns(f.as_raw_fd(), libc::CLONE_NEWNET) }, 0, "setns");
}

fn make_ns(path: &str) -> File {
    File::options().create_new(true).write(true).open(path).unwrap();
    let (src, dst) = (CString::new("/proc/thread-self/ns/net").unwrap(), CString::new(path).unwrap());
    unsafe {
        assert_eq!(libc::unshare(libc::CLONE_NEWNET), 0, "unshare");
        assert_eq!(libc::mount(src.as_ptr(), dst.as_ptr(), std::ptr::null(), libc::MS_BIND, std::ptr::null()), 0, "mount");
    }
    File::open(path).unwrap()
}

async fn index_of(h: &Handle, name: &str) -> u32 {
    h.link().get().match_name(name.to_string()).execute().try_next().await.unwrap().unwrap().header.index
}

async fn dump(times: u32) {
    let (c, h, _) = new_connection().unwrap();
    tokio::spawn(c);
    for _ in 0..times {
        let t = Instant::now();
        let n = h.link().get().execute().try_collect::<Vec<_>>().await.unwrap().len();
        println!("{} {:.1}", n, t.elapsed().as_secs_f64() * 1e6);
    }
}

async fn run(n: u32, x: u8, fork: bool) {
    let key = if fork { "rf" } else { "rs" };
    let t = Instant::now();
    let gw = Ipv4Addr::new(10, x, 0, 1);
    let brname = format!("pb{}-br", key);
    let (conn, host, _) = new_connection().unwrap();
    tokio::spawn(conn);
    host.link().add().bridge(brname.clone()).execute().await.unwrap();
    let br = index_of(&host, &brname).await;
    host.address().add(br, gw.into(), 16).execute().await.unwrap();
    host.link().set(br).up().execute().await.unwrap();
    let home = File::open("/proc/thread-self/ns/net").unwrap();
    for i in 1..=n {
        let name = format!("pb-{}{}", key, i);
        let path = format!("/run/netns/{}", name);
        let ns = if fork {
            NetworkNamespace::add(name).await.unwrap();
            let f = File::open(&path).unwrap();
            setns(&f);
            f
        } else {
            make_ns(&path)
        };
        let conn = new_connection(); // the socket belongs to the new namespace
        setns(&home);
        let (c, h, _) = conn.unwrap();
        let task = tokio::spawn(c);

        let mut peer = LinkMessage::default();
        peer.nlas.push(Nla::IfName("eth0".into()));
        peer.nlas.push(Nla::NetNsFd(ns.as_raw_fd()));
        let mut req = host.link().add();
        let m = req.message_mut();
        m.header.flags = IFF_UP;
        m.header.change_mask = IFF_UP;
        m.nlas.push(Nla::IfName(format!("pb{}{}", key, i)));
        m.nlas.push(Nla::Master(br));
        m.nlas.push(Nla::Info(vec![Info::Kind(InfoKind::Veth), Info::Data(InfoData::Veth(VethInfo::Peer(peer)))]));
        req.execute().await.unwrap();

        h.link().set(1).up().execute().await.unwrap();
        let eth0 = index_of(&h, "eth0").await;
        h.link().set(eth0).up().execute().await.unwrap();
        let ip = Ipv4Addr::new(10, x, (i / 250) as u8, (i % 250 + 2) as u8);
        h.address().add(eth0, ip.into(), 16).execute().await.unwrap();
        h.route().add().v4().gateway(gw).execute().await.unwrap();
        drop(h);
        task.abort();
        let _ = task.await;
    }
    println!("CREATE {} us", t.elapsed().as_micros());
    let mut s = String::new();
    std::io::stdin().read_line(&mut s).unwrap();
    let t = Instant::now();
    for i in 1..=n {
        let p = CString::new(format!("/run/netns/pb-{}{}", key, i)).unwrap();
        unsafe {
            assert_eq!(libc::umount2(p.as_ptr(), libc::MNT_DETACH), 0);
            assert_eq!(libc::unlink(p.as_ptr()), 0);
        }
    }
    // not host.link().del(br): 0.10 sends NLM_F_EXCL (0x200), which kernels >= 5.19 read as NLM_F_BULK: EOPNOTSUPP
    let mut m = LinkMessage::default();
    m.header.index = br;
    let mut req = NetlinkMessage::from(RtnlMessage::DelLink(m));
    req.header.flags = NLM_F_REQUEST | NLM_F_ACK;
    let mut host = host;
    let mut r = host.request(req).unwrap();
    while let Some(m) = r.next().await {
        if let NetlinkPayload::Error(e) = m.payload {
            panic!("{}", e);
        }
    }
    println!("DESTROY {} us", t.elapsed().as_micros());
}

fn main() {
    let a: Vec<String> = std::env::args().collect();
    let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    if a[1] == "dump" {
        rt.block_on(dump(a[2].parse().unwrap()));
    } else {
        rt.block_on(run(a[1].parse().unwrap(), a[2].parse().unwrap(), a.get(3).is_some()));
    }
}
